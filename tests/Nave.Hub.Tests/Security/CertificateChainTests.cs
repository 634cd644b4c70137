using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nave.Hub.Security;
using Nave.Testing;

namespace Nave.Hub.Tests.Security;

/// <summary>Which chains are good: one rule a test, each with a chain that differs from a good one in that rule alone.</summary>
public sealed class CertificateChainTests : IDisposable
{
    private static readonly DateTimeOffset s_now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly List<X509Certificate2> _made = [];

    public void Dispose() => _made.ForEach(certificate => certificate.Dispose());

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Keys_may_be_RSA_or_EC_in_any_mixture(bool authorityIsRsa, bool deviceIsRsa)
    {
        var root = Make(CertificateRecipe.Authority("Root") with { IsRsa = authorityIsRsa });
        var device = Make(new CertificateRecipe("d1") { IsRsa = deviceIsRsa }, root);
        Assert.Equal(root.GetCertHashString(HashAlgorithmName.SHA256), Find(device, [], root).Authority);
    }

    [Theory]
    [InlineData("1.3.132.0.34")]
    [InlineData("1.3.132.0.35")]
    public void Larger_curves_are_good_too(string curve)
    {
        var root = Make(CertificateRecipe.Authority("Root") with { Curve = ECCurve.CreateFromValue(curve) });
        var device = Make(new CertificateRecipe("d1") { Curve = ECCurve.CreateFromValue(curve) }, root);
        Assert.NotNull(Find(device, [], root).Authority);
    }

    [Fact]
    public void Several_intermediates_lead_to_a_root_or_to_any_one_between()
    {
        var root = Make(CertificateRecipe.Authority("Root"));
        var first = Make(CertificateRecipe.Authority("First"), root);
        var second = Make(CertificateRecipe.Authority("Second"), first);
        var device = Make(new CertificateRecipe("d1"), second);
        Assert.Equal(HashOf(root), Find(device, [first, second], root).Authority);
        Assert.Equal(HashOf(root), Find(device, [second, first, root], root).Authority);
        Assert.Equal(HashOf(first), Find(device, [second], first).Authority);
        Assert.Equal(HashOf(second), Find(device, [], second).Authority);
        Assert.Equal(HashOf(second), Find(device, [second, first, root], second).Authority);
        Assert.Null(Find(device, [second], root).Authority);
        Assert.Null(Find(device, [first], root).Authority);
    }

    [Fact]
    public void Two_authorities_of_one_name_with_different_keys_are_valid_side_by_side()
    {
        var old = Make(CertificateRecipe.Authority("Root"));
        var next = Make(CertificateRecipe.Authority("Root"));
        var ofOld = Make(new CertificateRecipe("d1"), old);
        var ofNext = Make(new CertificateRecipe("d2"), next);
        foreach (var trusted in (X509Certificate2[][])[[old, next], [next, old]])
        {
            Assert.Equal(HashOf(old), Find(ofOld, [], trusted).Authority);
            Assert.Equal(HashOf(next), Find(ofNext, [], trusted).Authority);

            // What a device sends with it cannot lead astray.
            Assert.Equal(HashOf(old), Find(ofOld, [next], trusted).Authority);
            Assert.Equal(HashOf(next), Find(ofNext, [old], trusted).Authority);
        }

        Assert.Null(Find(ofOld, [old], next).Authority);
        Assert.Null(Find(ofNext, [next], old).Authority);
    }

    [Fact]
    public void Two_intermediates_of_one_name_below_different_roots_are_told_apart()
    {
        var root = Make(CertificateRecipe.Authority("Root"));
        var trusted = Make(CertificateRecipe.Authority("Issuing"), root);
        var forged = Make(CertificateRecipe.Authority("Issuing"), Make(CertificateRecipe.Authority("Root")));
        var device = Make(new CertificateRecipe("d1"), trusted);
        var stranger = Make(new CertificateRecipe("d1"), forged);
        Assert.Equal(HashOf(trusted), Find(device, [forged], trusted).Authority);
        Assert.Null(Find(stranger, [forged], trusted).Authority);
        Assert.Null(Find(stranger, [forged, trusted], root).Authority);
    }

    [Fact]
    public void A_certificate_of_the_chain_that_has_ended_or_not_begun_breaks_it()
    {
        var root = Make(CertificateRecipe.Authority("Root"));
        var past = CertificateRecipe.Authority("Issuing") with { From = TimeSpan.FromDays(-30), Until = TimeSpan.FromDays(-1) };
        var future = CertificateRecipe.Authority("Issuing") with { From = TimeSpan.FromDays(1), Until = TimeSpan.FromDays(30) };
        foreach (var recipe in (CertificateRecipe[])[past, future])
        {
            var issuing = Make(recipe, root);
            var refused = Find(Make(new CertificateRecipe("d1"), issuing), [issuing], root);
            Assert.Null(refused.Authority);
            Assert.Contains("NotTimeValid", refused.Problem, StringComparison.Ordinal);

            // The authority itself as well.
            Assert.Null(Find(Make(new CertificateRecipe("d1"), issuing), [], issuing).Authority);
            Assert.Null(Find(Make(recipe with { Name = "d1", IsAuthority = null }, root), [], root).Authority);
        }

        // What ended above the authority that is trusted does not matter.
        var oldRoot = Make(past with { Name = "Old root" });
        var living = Make(CertificateRecipe.Authority("Issuing"), oldRoot);
        Assert.NotNull(Find(Make(new CertificateRecipe("d1"), living), [oldRoot], living).Authority);
    }

    [Fact]
    public void A_certificate_without_basic_constraints_signs_nobody()
    {
        var root = Make(CertificateRecipe.Authority("Root"));
        foreach (var isAuthority in (bool?[])[null, false])
        {
            var between = Make(new CertificateRecipe("Between") { IsAuthority = isAuthority }, root);
            Assert.Null(Find(Make(new CertificateRecipe("d1"), between), [between], root).Authority);
        }
    }

    [Fact]
    public void A_path_length_bounds_the_number_of_authorities_below()
    {
        var root = Make(CertificateRecipe.Authority("Root") with { PathLength = 0 });
        var between = Make(CertificateRecipe.Authority("Between"), root);
        Assert.NotNull(Find(Make(new CertificateRecipe("d1"), root), [], root).Authority);
        Assert.Null(Find(Make(new CertificateRecipe("d1"), between), [between], root).Authority);

        var top = Make(CertificateRecipe.Authority("Top"));
        var issuing = Make(CertificateRecipe.Authority("Issuing") with { PathLength = 0 }, top);
        var below = Make(CertificateRecipe.Authority("Below"), issuing);
        Assert.NotNull(Find(Make(new CertificateRecipe("d1"), issuing), [issuing], top).Authority);
        Assert.Null(Find(Make(new CertificateRecipe("d1"), below), [issuing, below], top).Authority);
        Assert.Null(Find(Make(new CertificateRecipe("d1"), below), [below], issuing).Authority);
    }

    [Fact]
    public void An_extended_key_usage_has_to_permit_client_authentication()
    {
        var root = Make(CertificateRecipe.Authority("Root"));
        Assert.Null(Find(Make(Using("d1", CertificateRecipe.ServerAuthentication), root), [], root).Authority);
        Assert.NotNull(Find(Make(Using("d1", CertificateRecipe.ServerAuthentication, CertificateRecipe.ClientAuthentication), root), [], root).Authority);
        Assert.NotNull(Find(Make(Using("d1", "2.5.29.37.0"), root), [], root).Authority);

        var servers = Make(CertificateRecipe.Authority("Servers") with { Usages = [CertificateRecipe.ServerAuthentication] }, root);
        var refused = Find(Make(new CertificateRecipe("d1"), servers), [servers], root);
        Assert.Null(refused.Authority);
        Assert.Contains("key usage", refused.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void An_authority_is_no_client_of_itself()
    {
        var root = Make(CertificateRecipe.Authority("d1"));
        Assert.Null(Find(root, [], root).Authority);
    }

    [Fact]
    public void A_chain_of_more_certificates_than_permitted_is_refused()
    {
        var root = Make(CertificateRecipe.Authority("Root"));
        var device = Make(new CertificateRecipe("d1"), root);
        var ballast = Enumerable.Range(0, CertificateChain.MaxCertificates).Select(i => Make(new CertificateRecipe($"n{i}"))).ToArray();
        Assert.NotNull(Find(device, [device, .. ballast[1..]], root).Authority);
        Assert.Null(Find(device, [device, .. ballast], root).Authority);
    }

    private static CertificateRecipe Using(string name, params string[] usages) => new(name) { Usages = usages };

    private static string HashOf(X509Certificate2 certificate) => certificate.GetCertHashString(HashAlgorithmName.SHA256);

    private static ChainOutcome Find(X509Certificate2 device, X509Certificate2[] sent, params X509Certificate2[] trusted) =>
        CertificateChain.FindAuthority(device, [.. sent], trusted, s_now);

    private X509Certificate2 Make(CertificateRecipe recipe, X509Certificate2? signer = null)
    {
        var made = TestCertificates.Make(recipe, signer, s_now);
        _made.Add(made);
        return made;
    }
}
