using Nave.Api;

namespace Nave.Hub.Tests.Jobs;

public sealed class ImportModeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("create")]
    [InlineData("CREATE")]
    [InlineData("createOrUpdate")]
    [InlineData("CreateOrUpdate")]
    [InlineData("createOrUpdateIfMatchETag")]
    [InlineData(null)]
    public async Task A_new_device_is_created_in_any_mode_that_creates_and_in_any_letter_case(string? mode)
    {
        await using var jobs = await TransferFixture.OpenAsync();
        var importMode = mode is null ? "" : $"\"importMode\":\"{mode}\",";
        Assert.Empty(await jobs.ImportAsync("{\"id\":\"d\"," + importMode + """ "eTag":"MQ==","tags":{"a":1},"properties":{"desired":{"b":2},"reported":{"c":3}}}"""));
        var twin = await jobs.TwinAsync(new("d"));
        Assert.Equal(1, twin.GetProperty("tags").GetProperty("a").GetInt32());
        Assert.Equal(2, twin.GetProperty("properties").GetProperty("desired").GetProperty("b").GetInt32());
        Assert.Equal(3, twin.GetProperty("properties").GetProperty("reported").GetProperty("c").GetInt32());
    }

    [Theory]
    [InlineData("create", "DeviceAlreadyExists")]
    [InlineData("createOrUpdate", null)]
    [InlineData("createOrUpdateIfMatchETag", "PreconditionFailed")]
    [InlineData("update", null)]
    [InlineData("updateIfMatchETag", "PreconditionFailed")]
    [InlineData("deleteIfMatchETag", "PreconditionFailed")]
    public async Task Of_a_device_that_exists_the_etag_counts_only_where_the_mode_says_so(string mode, string? error)
    {
        await using var jobs = await TransferFixture.OpenAsync();
        await jobs.Test.CreateAsync("d");
        var errors = await jobs.ImportAsync($$"""{"id":"d","importMode":"{{mode}}","eTag":"bm90IGl0","status":"disabled"}""");
        Assert.Equal(error, errors.SingleOrDefault()?.ErrorCode);
        Assert.Equal(error is null ? DeviceStatus.Disabled : DeviceStatus.Enabled, (await jobs.Test.GetAsync(new("d"))).Status);
    }

    [Theory]
    [InlineData("createOrUpdateIfMatchETag")]
    [InlineData("updateIfMatchETag")]
    public async Task With_its_own_etag_a_device_is_updated(string mode)
    {
        await using var jobs = await TransferFixture.OpenAsync();
        var device = await jobs.Test.CreateAsync("d");
        Assert.Empty(await jobs.ImportAsync($$"""{"id":"d","importMode":"{{mode}}","eTag":"{{device.ETag}}","status":"disabled","statusReason":"sold"}"""));
        var after = await jobs.Test.GetAsync(new("d"));
        Assert.Equal((DeviceStatus.Disabled, "sold"), (after.Status, after.StatusReason));
        Assert.NotEqual(device.ETag, after.ETag);
    }

    [Theory]
    [InlineData("update")]
    [InlineData("updateIfMatchETag")]
    [InlineData("delete")]
    [InlineData("deleteIfMatchETag")]
    [InlineData("updateTwin")]
    public async Task What_is_not_there_is_not_created_by_the_other_modes(string mode)
    {
        await using var jobs = await TransferFixture.OpenAsync();
        var error = Assert.Single(await jobs.ImportAsync($$$"""{"id":"d","importMode":"{{{mode}}}","eTag":"MQ==","tags":{"a":1}}"""));
        Assert.Equal(("d", "DeviceNotFound"), (error.DeviceId, error.ErrorCode));
    }

    [Fact]
    public async Task Devices_are_deleted_with_their_etag_or_without()
    {
        await using var jobs = await TransferFixture.OpenAsync();
        await jobs.Test.CreateAsync("a");
        var b = await jobs.Test.CreateAsync("b");
        await jobs.Test.CreateAsync("c");
        await jobs.Test.CreateAsync("c", "m");
        Assert.Empty(await jobs.ImportAsync(
            """{"id":"a","importMode":"delete","eTag":"bm90IGl0"}""",
            $$"""{"id":"b","importMode":"DeleteIfMatchETag","eTag":"{{b.ETag}}"}""",
            """{"id":"c","moduleId":"m","importMode":"delete"}"""));
        Assert.Equal(["c"], (await jobs.Hub.Registry.ListAsync(10, Cancellation)).Select(device => device.DeviceId));
        Assert.Empty((await jobs.Hub.Registry.ListModulesAsync("c", Cancellation)).Value!);
    }

    [Fact]
    public async Task The_etag_of_a_twin_is_checked_on_its_own()
    {
        await using var jobs = await TransferFixture.OpenAsync();
        await jobs.Test.CreateAsync("d");
        var error = Assert.Single(await jobs.ImportAsync("""{"id":"d","importMode":"createOrUpdate","status":"disabled","twinETag":"AAAAAAAAAAk=","tags":{"a":1}}"""));
        Assert.Equal(("d", "PreconditionFailed"), (error.DeviceId, error.ErrorCode));
        Assert.Contains("twinETag", error.ErrorStatus, StringComparison.Ordinal);
        Assert.Equal(DeviceStatus.Disabled, (await jobs.Test.GetAsync(new("d"))).Status);
        Assert.False((await jobs.TwinAsync(new("d"))).TryGetProperty("tags", out _));

        Assert.Empty(await jobs.ImportAsync("""{"id":"d","importMode":"update","status":"disabled","twinETag":"AAAAAAAAAAE=","tags":{"a":1}}"""));
        Assert.Equal("AAAAAAAAAAI=", (await jobs.TwinAsync(new("d"))).GetProperty("etag").GetString());
    }

    [Fact]
    public async Task An_update_replaces_the_sections_that_a_line_names_and_leaves_the_others()
    {
        await using var jobs = await TransferFixture.OpenAsync();
        Assert.Empty(await jobs.ImportAsync("""{"id":"d","tags":{"a":1},"properties":{"desired":{"b":2,"old":1},"reported":{"c":3}}}"""));
        Assert.Empty(await jobs.ImportAsync("""{"id":"d","properties":{"desired":{"b":5},"reported":{}}}"""));
        var twin = await jobs.TwinAsync(new("d"));
        var desired = twin.GetProperty("properties").GetProperty("desired");
        Assert.Equal(1, twin.GetProperty("tags").GetProperty("a").GetInt32());
        Assert.Equal((5, 2, false), (desired.GetProperty("b").GetInt32(), desired.GetProperty("$version").GetInt32(), desired.TryGetProperty("old", out _)));
        Assert.False(twin.GetProperty("properties").GetProperty("reported").TryGetProperty("c", out _));
    }

    [Fact]
    public async Task A_twin_update_merges()
    {
        await using var jobs = await TransferFixture.OpenAsync();
        Assert.Empty(await jobs.ImportAsync("""{"id":"d","tags":{"a":1,"b":1}}"""));
        var errors = await jobs.ImportAsync(
            """{"id":"d","importMode":"updateTwin","tags":{"b":2}}""",
            """{"id":"d","importMode":"updateTwinIfMatchETag","twinETag":"AAAAAAAAAAk=","tags":{"b":3}}""");
        Assert.Equal("PreconditionFailed", Assert.Single(errors).ErrorCode);
        var tags = (await jobs.TwinAsync(new("d"))).GetProperty("tags");
        Assert.Equal((1, 2), (tags.GetProperty("a").GetInt32(), tags.GetProperty("b").GetInt32()));
    }

    [Fact]
    public async Task Lines_of_one_device_are_applied_in_their_order()
    {
        await using var jobs = await TransferFixture.OpenAsync();
        var errors = await jobs.ImportAsync(
            """{"id":"d","importMode":"create","tags":{"n":1}}""",
            """{"id":"d","importMode":"create","tags":{"n":2}}""",
            """{"id":"d","importMode":"createOrUpdate","tags":{"n":3}}""",
            """{"id":"e","importMode":"create"}""",
            """{"id":"e","importMode":"delete"}""");
        Assert.Equal(("DeviceAlreadyExists", true), (Assert.Single(errors).ErrorCode, errors[0].ErrorStatus.StartsWith("Line 2: ", StringComparison.Ordinal)));
        Assert.Equal(3, (await jobs.TwinAsync(new("d"))).GetProperty("tags").GetProperty("n").GetInt32());
        Assert.Single(await jobs.Hub.Registry.ListAsync(10, Cancellation));
    }

    [Fact]
    public async Task A_line_that_is_wrong_is_written_down_and_the_rest_goes_on()
    {
        await using var jobs = await TransferFixture.OpenAsync();
        var secret = Convert.ToBase64String(new byte[32]);
        var errors = await jobs.ImportAsync(
            "not json",
            """{"id":"m","importMode":"explode"}""",
            "",
            """{"id":"bad id"}""",
            "{\"id\":\"k\",\"authentication\":{\"symmetricKey\":{\"primaryKey\":\"short" + secret + "\"}}}",
            """["id"]""",
            """{"id":"t","tags":{"a":"b","$x":1}}""",
            "{\"id\":\"long\",\"tags\":{\"x\":\"" + new string('x', 5 * 1024 * 1024) + "\"}}",
            """{"id":"last"}""");
        Assert.Equal(
            [("", "DeserializationError", 1), ("m", "DeserializationError", 2), ("bad id", "ArgumentInvalid", 4), ("k", "ArgumentInvalid", 5), ("", "DeserializationError", 6), ("t", "ArgumentInvalid", 7), ("", "MessageTooLarge", 8)],
            errors.Select(error => (error.DeviceId!, error.ErrorCode, int.Parse(error.ErrorStatus.AsSpan(5, error.ErrorStatus.IndexOf(':', StringComparison.Ordinal) - 5), null))));
        Assert.DoesNotContain(jobs.ErrorLines, line => line.Contains(secret, StringComparison.Ordinal));

        // Where only the twin is wrong the device is there without it.
        Assert.Equal(["last", "t"], (await jobs.Hub.Registry.ListAsync(10, Cancellation)).Select(device => device.DeviceId));
    }

    [Fact]
    public async Task Keys_come_in_and_missing_ones_are_made()
    {
        await using var jobs = await TransferFixture.OpenAsync();
        var key = Convert.ToBase64String(Enumerable.Repeat((byte)7, 32).ToArray());
        var thumbprint = new string('A', 40);
        Assert.Empty(await jobs.ImportAsync(
            $$$"""{"id":"keys","authentication":{"symmetricKey":{"primaryKey":"{{{key}}}","secondaryKey":"{{{key}}}"},"type":"sas"}}""",
            """{"id":"none","authentication":{"symmetricKey":{"primaryKey":null,"secondaryKey":null},"type":"sas"}}""",
            $$$"""{"id":"self","authentication":{"symmetricKey":{"primaryKey":null},"x509Thumbprint":{"primaryThumbprint":"{{{thumbprint}}}"},"type":"selfSigned"}}""",
            """{"id":"ca","authentication":{"type":"certificateAuthority"}}"""));
        Assert.Equal(key, (await jobs.Test.GetAsync(new("keys"))).Authentication!.SymmetricKey!.PrimaryKey);
        Assert.Equal(44, (await jobs.Test.GetAsync(new("none"))).Authentication!.SymmetricKey!.PrimaryKey!.Length);
        Assert.Equal(thumbprint, (await jobs.Test.GetAsync(new("self"))).Authentication!.X509Thumbprint!.PrimaryThumbprint);
        Assert.Equal(AuthenticationType.CertificateAuthority, (await jobs.Test.GetAsync(new("ca"))).Authentication!.Type);

        // A file without keys does not take them from a device that has some.
        Assert.Empty(await jobs.ImportAsync("""{"id":"keys","status":"disabled","authentication":{"symmetricKey":{"primaryKey":null,"secondaryKey":null},"type":"sas"}}"""));
        Assert.Equal(key, (await jobs.Test.GetAsync(new("keys"))).Authentication!.SymmetricKey!.PrimaryKey);
    }

    [Fact]
    public async Task The_modules_of_a_device_beyond_what_is_permitted_fail_alone()
    {
        await using var jobs = await TransferFixture.OpenAsync();
        var lines = Enumerable.Range(0, 52).Select(i => $$"""{"id":"d","moduleId":"m{{i:D2}}"}""").Prepend("""{"id":"d"}""").ToArray();
        var errors = await jobs.ImportAsync(lines);
        Assert.Equal([("m50", "TooManyModulesOnDevice"), ("m51", "TooManyModulesOnDevice")], errors.Select(error => (error.ModuleId!, error.ErrorCode)));
    }
}
