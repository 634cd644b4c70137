using Nave.Hub.Provisioning;

namespace Nave.Fuzz.Hub;

/// <summary>Public keys of TPMs, as devices send them (TPM2B_PUBLIC).</summary>
internal sealed class TpmKeyTarget() : FuzzTarget("tpm-key", [Seed(2048), Seed(4096)])
{
    public override bool Execute(byte[] input)
    {
        if (!TpmPublicKey.TryParse(input, out var key))
        {
            return false;
        }

        Check(key.Name.Length == 34 && key.SymmetricBits is 128 or 192 or 256, "a key has a name and a size");
        return true;
    }

    // Any modulus encrypts something.
    public override void Verify(byte[] input)
    {
        if (input[^1] == 0 && TpmPublicKey.TryParse(input, out var key))
        {
            Check(key.EncryptSeed(new byte[16], "IDENTITY").Length is >= 256 and <= 512, "a seed is as long as the modulus");
        }
    }

    private static byte[] Seed(int bits)
    {
        byte[] modulus = [0x80, .. Enumerable.Repeat((byte)0xA5, (bits / 8) - 2), 1];
        byte[] area =
        [
            0x00, 0x01, 0x00, 0x0B, 0x00, 0x03, 0x00, 0xB2, 0x00, 0x20, .. new byte[32],
            0x00, 0x06, 0x00, 0x80, 0x00, 0x43, 0x00, 0x10, (byte)(bits >> 8), 0x00, 0, 0, 0, 0,
            (byte)(modulus.Length >> 8), (byte)modulus.Length, .. modulus,
        ];
        return [(byte)(area.Length >> 8), (byte)area.Length, .. area];
    }
}
