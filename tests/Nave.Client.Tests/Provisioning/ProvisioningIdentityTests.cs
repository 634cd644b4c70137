namespace Nave.Client.Tests.Provisioning;

public sealed class ProvisioningIdentityTests
{
    [Fact]
    public void A_derived_key_is_the_one_of_Azure_s_documentation()
    {
        const string GroupKey = "8isrFI1sGsIlvvFSSFRiMfCNzv21fjbE/+ah/lSh3lF8e2YG1Te7w1KpZhJFFXJrqYKi9yegxkqIChbqOS9Egw==";
        const string Id = "sn-007-888-abc-mac-a1-b2-c3-d4-e5-f6";
        Assert.Equal("Jsm0lyGpjaVYVP2g3FnmnmG9dI/9qU24wNoykUmermc=", ProvisioningIdentity.DeriveKey(GroupKey, Id));
        Assert.Equal("Jsm0lyGpjaVYVP2g3FnmnmG9dI/9qU24wNoykUmermc=", ProvisioningIdentity.WithGroupKey(Id, GroupKey).Key);
        Assert.Throws<FormatException>(() => ProvisioningIdentity.WithKey(Id, "not base64!"));
    }

    [Fact]
    public void The_registration_id_of_a_TPM_is_base32_of_its_endorsement_key_s_hash()
    {
        // Python: base64.b32encode(hashlib.sha256(bytes(range(10))).digest()).decode().lower().rstrip('=')
        var tpm = new KeysOnly([.. Enumerable.Range(0, 10).Select(i => (byte)i)]);
        Assert.Equal("d6bfvixqaihppt4r36rq3jdgrv4ryxkiet6i4qjvjoe6yblzlkzq", ProvisioningIdentity.WithTpm(tpm).RegistrationId);
        Assert.Equal("mine", ProvisioningIdentity.WithTpm(tpm, "mine").RegistrationId);
    }

    private sealed class KeysOnly(byte[] key) : ITpm
    {
        public ReadOnlyMemory<byte> EndorsementKey => key;

        public ReadOnlyMemory<byte> StorageRootKey => key;

        public ValueTask ActivateAsync(ReadOnlyMemory<byte> blob, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
