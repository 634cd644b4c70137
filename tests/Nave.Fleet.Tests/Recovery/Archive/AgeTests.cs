using System.Diagnostics;
using System.Text;
using Nave.Fleet.Recovery.Archive;
using Nave.Testing;

namespace Nave.Fleet.Tests.Recovery.Archive;

public sealed class AgeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // RFC 7914, section 12: the vectors with p = 1, the only one that is written.
    [Theory]
    [InlineData("pleaseletmein", "SodiumChloride", 16384, 8, "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887")]
    [InlineData("", "", 16, 1, "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906")]
    public void Scrypt_gives_what_its_standard_says(string password, string salt, int cost, int blockSize, string expected)
    {
        Assert.Equal(expected, Convert.ToHexStringLower(Scrypt.Derive(Encoding.UTF8.GetBytes(password), Encoding.UTF8.GetBytes(salt), cost, blockSize, 64)));
    }

    // RFC 7748, sections 5.2 and 6.1.
    [Theory]
    [InlineData("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4", "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c", "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")]
    [InlineData("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d", "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493", "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957")]
    public void X25519_gives_what_its_standard_says(string scalar, string point, string expected)
    {
        Assert.Equal(expected, Convert.ToHexStringLower(X25519.Multiply(Convert.FromHexString(scalar), Convert.FromHexString(point))));
    }

    [Fact]
    public void X25519_repeated_a_thousand_times_gives_what_its_standard_says()
    {
        var k = new byte[32];
        k[0] = 9;
        var u = (byte[])k.Clone();
        for (var i = 0; i < 1000; i++)
        {
            (k, u) = (X25519.Multiply(k, u), k);
        }

        Assert.Equal("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51", Convert.ToHexStringLower(k));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(AgeWriteStream.ChunkBytes - 1)]
    [InlineData(AgeWriteStream.ChunkBytes)]
    [InlineData(AgeWriteStream.ChunkBytes + 1)]
    [InlineData(3 * AgeWriteStream.ChunkBytes)]
    public async Task What_is_encrypted_is_decrypted_and_nothing_else_is(int length)
    {
        var key = AgeKey.Parse(AgeKey.Generate());
        var plain = BytesOf(length);
        var file = await EncryptAsync(plain, key);
        Assert.Equal(plain, await DecryptAsync(file, key));

        // Cut off anywhere, altered anywhere, with more at its end, or with another key.
        for (var cut = 0; cut < file.Length; cut += Math.Max(1, file.Length / 23))
        {
            await Assert.ThrowsAnyAsync<IOException>(() => DecryptAsync(file[..cut], key));
            var altered = (byte[])file.Clone();
            altered[cut] ^= 4;
            await Assert.ThrowsAnyAsync<IOException>(() => DecryptAsync(altered, key));
        }

        await Assert.ThrowsAnyAsync<IOException>(() => DecryptAsync([.. file, 0], key));
        await Assert.ThrowsAnyAsync<IOException>(() => DecryptAsync(file, AgeKey.Parse(AgeKey.Generate())));
    }

    [Fact]
    public async Task Age_itself_reads_what_is_written_with_a_key_file_and_the_other_way_round()
    {
        using var folder = new TemporaryFolder();
        var text = AgeKey.Generate();
        var key = AgeKey.Parse(text);
        var plain = BytesOf(200_000);
        await File.WriteAllTextAsync(folder.File("key"), text, Token);
        await File.WriteAllBytesAsync(folder.File("ours.age"), await EncryptAsync(plain, key), Token);
        await RunAsync("age", "-d", "-i", folder.File("key"), "-o", folder.File("ours"), folder.File("ours.age"));
        Assert.Equal(plain, await File.ReadAllBytesAsync(folder.File("ours"), Token));

        var recipient = text.Split('\n')[0]["# public key: ".Length..];
        await RunAsync("age", "-r", recipient, "-o", folder.File("theirs.age"), folder.File("ours"));
        Assert.Equal(plain, await DecryptAsync(await File.ReadAllBytesAsync(folder.File("theirs.age"), Token), key));

        // Their key files are ours too.
        await RunAsync("age-keygen", "-o", folder.File("theirs.key"));
        var theirs = AgeKey.Parse(await File.ReadAllTextAsync(folder.File("theirs.key"), Token));
        Assert.Equal(plain, await DecryptAsync(await EncryptAsync(plain, theirs), theirs));
    }

    [Fact]
    public async Task Age_itself_reads_what_is_written_with_a_passphrase_and_the_other_way_round()
    {
        using var folder = new TemporaryFolder();
        var key = AgeKey.OfPassphrase("correct horse");
        var plain = BytesOf(100_000);
        await File.WriteAllBytesAsync(folder.File("ours.age"), await EncryptAsync(plain, key), Token);

        // It asks on a terminal only: script gives it one.
        await RunAsync("sh", "-c", $"printf 'correct horse\\n' | script -qec \"age -d -o '{folder.File("ours")}' '{folder.File("ours.age")}'\" /dev/null");
        Assert.Equal(plain, await File.ReadAllBytesAsync(folder.File("ours"), Token));
        await RunAsync("sh", "-c", $"printf 'correct horse\\ncorrect horse\\n' | script -qec \"age -p -o '{folder.File("theirs.age")}' '{folder.File("ours")}'\" /dev/null");
        Assert.Equal(plain, await DecryptAsync(await File.ReadAllBytesAsync(folder.File("theirs.age"), Token), key));
    }

    private static byte[] BytesOf(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static async Task<byte[]> EncryptAsync(byte[] plain, AgeKey key)
    {
        var file = new MemoryStream();
        await using var stream = await AgeWriteStream.OpenAsync(file, key, Token);
        await stream.WriteAsync(plain, Token);
        await stream.CompleteAsync(Token);
        return file.ToArray();
    }

    private static async Task<byte[]> DecryptAsync(byte[] file, AgeKey key)
    {
        await using var stream = await AgeReadStream.OpenAsync(new MemoryStream(file), key, Token);
        var plain = new MemoryStream();
        await stream.CopyToAsync(plain, Token);
        return plain.ToArray();
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(Token);
        var error = process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token).WaitAsync(TestDeadline.Default, Token);
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {await error} {await output}");
    }
}
