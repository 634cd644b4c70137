using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using Nave.Hub.Security;

namespace Nave.Hub.Tests.Security;

public sealed class KeyProtectorTests : IDisposable
{
    private readonly KeyProtector _protector = new(RandomNumberGenerator.GetBytes(KeyProtector.KeyBytes));

    public void Dispose() => _protector.Dispose();

    [Fact]
    public void What_was_protected_opens_for_its_owner() =>
        Check.QuickThrowOnFailure(Prop.ForAll<byte[], string>((secret, owner) =>
        {
            var value = _protector.Protect(secret ?? [], owner ?? "");
            Assert.Equal(secret ?? [], _protector.Unprotect(value, owner ?? ""));
        }));

    [Fact]
    public void A_pair_of_keys_of_any_permitted_length_comes_back()
    {
        for (var length = 0; length <= 64; length++)
        {
            var (primary, secondary) = (RandomNumberGenerator.GetBytes(length), RandomNumberGenerator.GetBytes(64 - length));
            var opened = _protector.UnprotectPair(_protector.ProtectPair(primary, secondary, "d1"), "d1");
            Assert.Equal(primary, opened.Primary);
            Assert.Equal(secondary, opened.Secondary);
        }
    }

    [Fact]
    public void A_value_does_not_open_for_another_owner()
    {
        var value = _protector.Protect("secret"u8, "d1");
        Assert.ThrowsAny<CryptographicException>(() => _protector.Unprotect(value, "d2"));
    }

    [Fact]
    public void A_value_with_any_byte_changed_does_not_open()
    {
        var value = _protector.Protect("secret"u8, "d1");
        for (var i = 0; i < value.Length; i++)
        {
            var changed = value.ToArray();
            changed[i] ^= 1;
            Assert.ThrowsAny<CryptographicException>(() => _protector.Unprotect(changed, "d1"));
        }
    }

    [Fact]
    public void A_value_that_is_cut_off_anywhere_does_not_open()
    {
        var value = _protector.Protect("secret"u8, "d1");
        for (var length = 0; length < value.Length; length++)
        {
            Assert.ThrowsAny<CryptographicException>(() => _protector.Unprotect(value.AsSpan(0, length), "d1"));
        }
    }

    [Fact]
    public void A_value_does_not_open_with_another_key()
    {
        using var other = new KeyProtector(RandomNumberGenerator.GetBytes(KeyProtector.KeyBytes));
        Assert.ThrowsAny<CryptographicException>(() => other.Unprotect(_protector.Protect("secret"u8, "d1"), "d1"));
    }

    [Fact]
    public void The_secret_does_not_appear_in_the_value_and_two_values_differ()
    {
        var first = _protector.Protect("a secret of some length"u8, "d1");
        var second = _protector.Protect("a secret of some length"u8, "d1");
        Assert.True(first.AsSpan().IndexOf("secret"u8) < 0);
        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task Many_threads_can_use_it_at_once() =>
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 500; i++)
            {
                var owner = $"{thread}-{i}";
                Assert.Equal("secret"u8, _protector.Unprotect(_protector.Protect("secret"u8, owner), owner));
            }
        })));
}
