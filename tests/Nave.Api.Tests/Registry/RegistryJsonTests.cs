using System.Text;
using System.Text.Json;

namespace Nave.Api.Tests.Registry;

public sealed class RegistryJsonTests
{
    private static readonly DeviceIdentity s_device = new()
    {
        DeviceId = "d1",
        GenerationId = "637612875235274981",
        ETag = "NTY1Nzk2OTcx",
        Authentication = new DeviceAuthentication { SymmetricKey = new SymmetricKeys { PrimaryKey = "a+/=", SecondaryKey = "b==" } },
    };

    [Fact]
    public void A_created_device_is_written_as_the_hub_writes_it()
    {
        Assert.Equal(
            """
            {"deviceId":"d1","generationId":"637612875235274981","etag":"NTY1Nzk2OTcx","connectionState":"Disconnected","status":"enabled","statusReason":null,"connectionStateUpdatedTime":"0001-01-01T00:00:00","statusUpdatedTime":"0001-01-01T00:00:00","lastActivityTime":"0001-01-01T00:00:00","cloudToDeviceMessageCount":0,"authentication":{"symmetricKey":{"primaryKey":"a+/=","secondaryKey":"b=="},"x509Thumbprint":{"primaryThumbprint":null,"secondaryThumbprint":null},"type":"sas"},"capabilities":{"iotEdge":false}}
            """,
            JsonSerializer.Serialize(s_device, ApiJson.Created.DeviceIdentity));
    }

    [Fact]
    public void A_device_that_is_read_has_zero_times_with_a_zone_and_real_ones_with_seven_digits()
    {
        var json = JsonSerializer.Serialize(
            s_device with { LastActivityTime = new DateTimeOffset(2026, 1, 2, 5, 4, 5, TimeSpan.FromHours(2)) }, ApiJson.Wire.DeviceIdentity);
        Assert.Contains("\"statusUpdatedTime\":\"0001-01-01T00:00:00Z\"", json, StringComparison.Ordinal);
        Assert.Contains("\"lastActivityTime\":\"2026-01-02T03:04:05.0000000Z\"", json, StringComparison.Ordinal);
    }

    [Fact]
    public void A_module_has_its_own_fields_in_its_own_order()
    {
        Assert.Equal(
            """
            {"moduleId":"m","managedBy":null,"deviceId":"d1","generationId":"637612875235274981","etag":"NTY1Nzk2OTcx","connectionState":"Disconnected","connectionStateUpdatedTime":"0001-01-01T00:00:00Z","lastActivityTime":"0001-01-01T00:00:00Z","cloudToDeviceMessageCount":0,"authentication":{"symmetricKey":{"primaryKey":"a+/=","secondaryKey":"b=="},"x509Thumbprint":{"primaryThumbprint":null,"secondaryThumbprint":null},"type":"sas"}}
            """,
            JsonSerializer.Serialize(s_device with { ModuleId = "m" }, ApiJson.Wire.DeviceIdentity));
    }

    [Fact]
    public void An_edge_device_writes_its_scopes()
    {
        var json = JsonSerializer.Serialize(
            s_device with { Capabilities = new DeviceCapabilities { IotEdge = true }, DeviceScope = "ms-azure-iot-edge://d1-1", ParentScopes = [] },
            ApiJson.Wire.DeviceIdentity);
        Assert.EndsWith("\"capabilities\":{\"iotEdge\":true},\"deviceScope\":\"ms-azure-iot-edge://d1-1\",\"parentScopes\":[]}", json, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        var device = s_device with
        {
            IsConnected = true,
            Status = DeviceStatus.Disabled,
            StatusReason = "lost",
            StatusUpdatedTime = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
            CloudToDeviceMessageCount = 7,
            Authentication = s_device.Authentication! with { Type = AuthenticationType.Sas, X509Thumbprint = new X509Thumbprints() },
            Capabilities = new DeviceCapabilities(),
        };
        Assert.Equal(device, JsonSerializer.Deserialize(JsonSerializer.Serialize(device, ApiJson.Created.DeviceIdentity), ApiJson.Default.DeviceIdentity));
    }

    [Theory]
    [InlineData("""{"deviceId":"d","authentication":{"symmetricKey":{},"x509Thumbprint":{"primaryThumbprint":"AA"}}}""", AuthenticationType.SelfSigned)]
    [InlineData("""{"deviceId":"d","authentication":{"symmetricKey":{"primaryKey":"","secondaryKey":""}}}""", AuthenticationType.Sas)]
    [InlineData("""{"deviceId":"d","authentication":{"type":"certificateAuthority"}}""", AuthenticationType.CertificateAuthority)]
    [InlineData("""{"DeviceID":"d","Authentication":{"Type":"SELFSIGNED"}}""", AuthenticationType.SelfSigned)]
    [InlineData("""{"deviceId":"d","unknown":{"x":[1]},"authentication":{"type":"none"}}""", AuthenticationType.None)]
    public void The_authentication_type_is_read_or_inferred(string json, AuthenticationType expected)
    {
        Assert.True(ApiJson.TryRead(Encoding.UTF8.GetBytes(json), ApiJson.Default.DeviceIdentity, out var device, out _));
        Assert.Equal("d", device.DeviceId);
        Assert.Equal(expected, device.Authentication!.EffectiveType);
    }

    [Theory]
    [InlineData("""{"deviceId":"d","status":"secretvalue"}""", "enabled, disabled")]
    [InlineData("""{"deviceId":"d","status":4}""", "enabled, disabled")]
    [InlineData("""{"deviceId":"d","lastActivityTime":"secretvalue"}""", "ISO 8601")]
    [InlineData("""{"deviceId":{"secretvalue":1}}""", "deviceId")]
    [InlineData("""{"deviceId":"d",secretvalue}""", "not valid JSON")]
    [InlineData("", "no body")]
    [InlineData("null", "null")]
    public void A_body_that_does_not_fit_is_refused_with_its_place_and_without_its_content(string json, string part)
    {
        Assert.False(ApiJson.TryRead(Encoding.UTF8.GetBytes(json), ApiJson.Default.DeviceIdentity, out _, out var error));
        Assert.Equal(400, error.HttpStatus);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secretvalue", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("create", ImportMode.Create)]
    [InlineData("Update", ImportMode.Update)]
    [InlineData("updateIfMatchETag", ImportMode.UpdateIfMatchETag)]
    [InlineData("DELETE", ImportMode.Delete)]
    [InlineData("DeleteIfMatchETag", ImportMode.DeleteIfMatchETag)]
    [InlineData("updateTwin", ImportMode.UpdateTwin)]
    [InlineData("updateTwinIfMatchETag", ImportMode.UpdateTwinIfMatchETag)]
    public void An_import_mode_is_read_in_any_letter_case(string text, ImportMode expected)
    {
        var line = JsonSerializer.Deserialize("{\"id\":\"d\",\"importMode\":\"" + text + "\"}", ApiJson.Default.ExportImportDevice)!;
        Assert.Equal(expected, line.ImportMode);
    }

    [Fact]
    public void A_bulk_line_keeps_numbers_of_its_twin_digit_by_digit()
    {
        const string Json = """{"id":"d","eTag":"e","importMode":"updateIfMatchETag","status":"enabled","twinETag":"t","tags":{"n":12345678901234567890.10},"properties":{"desired":{"x":1.50}}}""";
        var line = JsonSerializer.Deserialize(Json, ApiJson.Default.ExportImportDevice)!;
        Assert.Equal("t", line.TwinETag);
        Assert.Equal(Json, JsonSerializer.Serialize(line, ApiJson.Wire.ExportImportDevice));
    }

    [Fact]
    public void A_bulk_result_names_codes_and_reads_numbers()
    {
        var result = new BulkRegistryResult
        {
            IsSuccessful = false,
            Errors = [new BulkRegistryError { DeviceId = "a", ErrorCode = "DeviceAlreadyExists", ErrorStatus = "s" }],
        };
        const string Json = """{"isSuccessful":false,"errors":[{"deviceId":"a","errorCode":"DeviceAlreadyExists","errorStatus":"s"}],"warnings":[]}""";
        Assert.Equal(Json, JsonSerializer.Serialize(result, ApiJson.Wire.BulkRegistryResult));
        var read = JsonSerializer.Deserialize(Json.Replace("\"DeviceAlreadyExists\"", "409001", StringComparison.Ordinal), ApiJson.Default.BulkRegistryResult)!;
        Assert.Equal("DeviceAlreadyExists", read.Errors[0].ErrorCode);
    }

    [Fact]
    public void Statistics_and_purge_results_have_the_hubs_names()
    {
        Assert.Equal(
            """{"totalDeviceCount":3,"enabledDeviceCount":2,"disabledDeviceCount":1}""",
            JsonSerializer.Serialize(new RegistryStatistics { TotalDeviceCount = 3, EnabledDeviceCount = 2, DisabledDeviceCount = 1 }, ApiJson.Wire.RegistryStatistics));
        Assert.Equal("""{"connectedDeviceCount":4}""", JsonSerializer.Serialize(new ServiceStatistics { ConnectedDeviceCount = 4 }, ApiJson.Wire.ServiceStatistics));
        Assert.Equal(
            """{"totalMessagesPurged":1,"deviceId":"d","moduleId":null}""",
            JsonSerializer.Serialize(new PurgeResult { TotalMessagesPurged = 1, DeviceId = "d" }, ApiJson.Wire.PurgeResult));
    }

    [Fact]
    public void Keys_are_not_printed() => Assert.DoesNotContain("a+/=", s_device.ToString(), StringComparison.Ordinal);
}
