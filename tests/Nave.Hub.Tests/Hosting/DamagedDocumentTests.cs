using System.Text;
using Nave.Hub.Commands;
using Nave.Hub.Connections;
using Nave.Hub.Devices;
using Nave.Hub.Hosting;
using Nave.Hub.Limits;
using Nave.Hub.Security;
using Nave.Hub.Twins;
using Nave.Storage;

namespace Nave.Hub.Tests.Hosting;

/// <summary>Whatever is wrong with what is read back from the disk, the exception is the documented one.</summary>
public sealed class DamagedDocumentTests
{
    [Theory]
    [InlineData("{\"\":1}x")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{\"g\":null}")]
    [InlineData("{\"t\":-1}")]
    [InlineData("{\"t\":9223372036854775807}")]
    [InlineData("{\"e\":\"\\ud800\"}")]
    public void A_damaged_identity_is_called_so(string json)
    {
        using var protector = new KeyProtector(new byte[KeyProtector.KeyBytes]);
        var codec = new IdentityCodec("hub.test", protector);
        Assert.Throws<InvalidDataException>(() => codec.Decode(new StateDocument("d1", 1, Encoding.UTF8.GetBytes(json))));
    }

    [Fact]
    public void A_field_of_a_later_version_does_not_hide_those_behind_it()
    {
        using var protector = new KeyProtector(new byte[KeyProtector.KeyBytes]);
        var codec = new IdentityCodec("hub.test", protector);
        Assert.Equal("5", codec.Decode(new StateDocument("d1", 1, """{"v":1,"":{"g":[1]},"z":{"e":"x"},"g":"5","e":"MQ=="}"""u8.ToArray())).GenerationId);
        Assert.Equal("5", ConnectionRecord.Decode("""{"z":{"g":"6"},"":1,"g":"5"}"""u8).GenerationId);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{\"t\":-1}")]
    [InlineData("{\"a\":9223372036854775807}")]
    [InlineData("{\"r\":\"9223372036854775807\"}")]
    [InlineData("{\"r\":\"99\"}")]
    public void A_damaged_connection_record_is_called_so(string json) =>
        Assert.Throws<InvalidDataException>(() => ConnectionRecord.Decode(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("0100" + "00" + "FFFFFFFFFFFFFFFF7F" + "01" + "00" + "00")]
    [InlineData("0100" + "00" + "01" + "FFFFFFFFFFFFFFFF7F" + "00" + "00")]
    [InlineData("0104" + "00" + "01" + "01" + "00" + "00")]
    [InlineData("0100" + "FFFFFFFF0F" + "01" + "01" + "00" + "00")]
    public void A_message_with_a_field_out_of_range_is_called_damaged(string hex) =>
        Assert.Throws<InvalidDataException>(() => MessageRecord.Decode(Convert.FromHexString(hex)));

    [Theory]
    [InlineData("")]
    [InlineData("01020304050607")]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFFFF")]
    public void A_damaged_number_is_called_so(string hex)
    {
        Assert.Throws<InvalidDataException>(() => StoredNumber.Read(Convert.FromHexString(hex), "meta"));
        Assert.Throws<InvalidDataException>(() => QuotaKeeper.Decode(Convert.FromHexString(hex)));
    }

    [Theory]
    [InlineData("", "01010100")]
    [InlineData("7B", "010101")]
    [InlineData("7B2261223A317D", "01010101")]
    [InlineData("7B2261223A31", "01010100010001")]
    [InlineData("7B7D", "01FFFFFFFFFFFFFFFF7F01")]
    public void A_twin_whose_sections_are_damaged_is_called_so(string json, string metadata)
    {
        var section = new StoredSection(1, Convert.FromHexString(json), Convert.FromHexString(metadata));
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        Assert.Throws<InvalidDataException>(() =>
        {
            section.ToTree();
            TwinView.WriteSection(output, section, withMetadata: true);
        });
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{\"v\":true}")]
    [InlineData("{\"c\":\"AAAA\",\"v\":true}")]
    [InlineData("{\"c\":1,\"v\":true}")]
    public void A_damaged_authority_is_called_so(string json) =>
        Assert.Throws<InvalidDataException>(() => CertificateAuthorities.Decode(new StateDocument("ca", 1, Encoding.UTF8.GetBytes(json))));

    [Theory]
    [InlineData("null")]
    [InlineData("""{"format":1,"hostName":null,"partitions":4,"tier":"S1","policies":[]}""")]
    [InlineData("""{"format":1,"hostName":"hub.test","partitions":4,"tier":"S1","policies":null}""")]
    [InlineData("""{"format":1,"hostName":"hub.test","partitions":4,"tier":"S1","policies":[null]}""")]
    [InlineData("""{"format":1,"hostName":"hub.test","partitions":0,"tier":"S1","policies":[]}""")]
    [InlineData("""{"format":1,"hostName":"hub.test","partitions":4,"tier":"S9","policies":[]}""")]
    public void Damaged_settings_of_a_hub_are_called_so(string json)
    {
        using var protector = new KeyProtector(new byte[KeyProtector.KeyBytes]);
        Assert.Throws<InvalidDataException>(() => HubSettingsFile.Decode(Encoding.UTF8.GetBytes(json), "hub.json", protector));
    }
}
