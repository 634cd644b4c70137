using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Nave.Amqp;
using Nave.Testing;

namespace Nave.Server.Tests.Provisioning;

/// <summary>The client's part of the SASL mechanism TPM, as Azure's clients play it (wire facts 17.4.6).</summary>
internal sealed class TpmClient : AmqpSaslClient
{
    private readonly SoftwareTpm _tpm;
    private readonly string _resource;
    private readonly List<byte> _nonce = [];
    private int _next;

    [SetsRequiredMembers]
    public TpmClient(SoftwareTpm tpm, string idScope, string registrationId)
    {
        _tpm = tpm;
        _resource = $"{idScope}/registrations/{registrationId}";
        Mechanism = AmqpSaslMechanism.Tpm;
        HostName = _resource;
        InitialResponse = [0, .. Encoding.UTF8.GetBytes(idScope), 0, .. Encoding.UTF8.GetBytes(registrationId), 0, .. tpm.EndorsementKey];
    }

    /// <inheritdoc/>
    public override byte[]? Respond(ReadOnlySpan<byte> challenge)
    {
        if (challenge.SequenceEqual("\0"u8))
        {
            return [0, .. _tpm.StorageRootKey];
        }

        Assert.Equal(_next++, challenge[0] & 0x3F);
        Assert.NotEqual(0, challenge[0] & 0x80);
        _nonce.AddRange(challenge[1..]);
        if ((challenge[0] & 0x40) == 0)
        {
            return [0];
        }

        _tpm.Activate(_nonce.ToArray());
        return [0, .. Encoding.UTF8.GetBytes(Token(_tpm, _resource, "registration"))];
    }

    /// <summary>Makes a token that the TPM signs.</summary>
    public static string Token(SoftwareTpm tpm, string resource, string? keyName)
    {
        var encoded = Uri.EscapeDataString(resource);
        var expires = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signature = Uri.EscapeDataString(Convert.ToBase64String(tpm.Sign(Encoding.UTF8.GetBytes($"{encoded}\n{expires}"))));
        return $"SharedAccessSignature sr={encoded}&sig={signature}&se={expires}" + (keyName is null ? "" : $"&skn={keyName}");
    }
}
