namespace Nave.Hub.Provisioning;

/// <summary>Numbers of the TPM 2.0 Library, part 2: TPM_ALG_ID (section 6.3) and TPMA_OBJECT (section 8.3).</summary>
internal static class TpmConstants
{
    public const ushort Rsa = 0x0001;
    public const ushort Hmac = 0x0005;
    public const ushort Aes = 0x0006;
    public const ushort KeyedHash = 0x0008;
    public const ushort Sha256 = 0x000B;
    public const ushort Null = 0x0010;
    public const ushort Cfb = 0x0043;

    public const uint UserWithAuth = 1 << 6;
    public const uint NoDictionaryAttack = 1 << 10;
    public const uint Sign = 1 << 18;
}
