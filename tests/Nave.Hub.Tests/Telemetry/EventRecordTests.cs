using System.Text;
using Nave.Api;
using Nave.Hub.Telemetry;

namespace Nave.Hub.Tests.Telemetry;

public sealed class EventRecordTests
{
    private const string DeviceSas = "{\"scope\":\"device\",\"type\":\"sas\",\"issuer\":\"iothub\",\"acceptingIpFilterRule\":null}";

    [Fact]
    public void A_record_of_version_1_has_these_bytes_for_ever()
    {
        var header = EventHeader.Create(EventSource.Telemetry, new IdentityId("d1", "m"), "637", DeviceSas);
        var properties = new EventPropertiesWriter();
        properties.Add(SystemProperty.MessageId, "a");
        properties.Add("k", "v");
        var record = EventRecord.Encode(header, properties.Written, "{}"u8);

        // version, source, "d1", "m", "637", auth method 1 (device, sas, iothub), 8 bytes of properties, body
        Assert.Equal("0101026431016D0336333701" + "08" + "010161" + "00016B0176" + "7B7D", Convert.ToHexString(record));
    }

    [Fact]
    public void An_unusual_authentication_method_is_stored_in_full()
    {
        var header = EventHeader.Create(EventSource.TwinChange, new IdentityId("d"), "1", "{\"scope\":\"edge\"}");
        Assert.Equal("01" + "02" + "0164" + "00" + "0131" + "FF10" + Convert.ToHexString("{\"scope\":\"edge\"}"u8), Convert.ToHexString(header.Bytes));
        Assert.True(EventOrigin.TryDecode(header.Bytes, out var origin));
        Assert.Equal("{\"scope\":\"edge\"}", origin.AuthMethod);
        Assert.Equal("twinChangeEvents", origin.Source);
        Assert.Equal(new IdentityId("d"), origin.Device);
    }

    [Theory]
    [InlineData("d1", 0x47374FB2A83EF376UL)]
    [InlineData("", 0xEFD01F60BA992926UL)]
    [InlineData("device-0001", 0x79F488B582D8D8EAUL)]
    public void The_partition_of_a_device_never_changes(string deviceId, ulong hash)
    {
        var actual = PartitionHash.Compute(Encoding.UTF8.GetBytes(deviceId));
        Assert.Equal(hash, actual);
        Assert.Equal((int)(hash % 32), PartitionHash.ToPartition(actual, 32));
    }

    [Fact]
    public void Devices_that_differ_in_their_last_digit_spread_evenly()
    {
        var counts = new int[4];
        for (var i = 0; i < 10_000; i++)
        {
            counts[PartitionHash.ToPartition(PartitionHash.Compute(Encoding.UTF8.GetBytes($"device-{i:D4}")), 4)]++;
        }

        Assert.All(counts, count => Assert.InRange(count, 2_300, 2_700));
    }

    [Fact]
    public void A_module_goes_where_its_device_goes()
    {
        var device = EventHeader.Create(EventSource.Telemetry, new IdentityId("d"), "1", DeviceSas);
        var module = EventHeader.Create(EventSource.Telemetry, new IdentityId("d", "m"), "2", DeviceSas);
        Assert.Equal(device.Hash, module.Hash);
    }

    [Fact]
    public void A_record_that_is_cut_anywhere_is_refused_or_loses_only_body()
    {
        var header = EventHeader.Create(EventSource.Telemetry, new IdentityId("d1", "m"), "637", DeviceSas);
        var record = EventRecord.Encode(header, [1, 1, (byte)'a'], "body"u8);
        for (var length = 0; length < record.Length; length++)
        {
            var isWhole = EventRecord.TrySplit(record.AsSpan(0, length), out _, out _, out var bodyStart);
            Assert.Equal(length >= record.Length - 4, isWhole);
            Assert.True(!isWhole || bodyStart == record.Length - 4);
        }
    }

    [Fact]
    public void A_newer_version_or_an_unknown_source_is_not_read()
    {
        var record = EventRecord.Encode(EventHeader.Create(EventSource.Telemetry, new IdentityId("d"), "1", DeviceSas), default, default);
        record[1] = 99;
        Assert.True(EventRecord.TrySplit(record, out var headerLength, out _, out _));
        Assert.False(EventOrigin.TryDecode(record.AsSpan(0, headerLength), out _));
        record[0] = 2;
        Assert.False(EventRecord.TrySplit(record, out _, out _, out _));
    }

    [Theory]
    [InlineData(0UL, "00")]
    [InlineData(127UL, "7F")]
    [InlineData(128UL, "8001")]
    [InlineData(ulong.MaxValue, "FFFFFFFFFFFFFFFFFF01")]
    public void A_varint_is_written_and_read(ulong value, string hex)
    {
        Span<byte> bytes = stackalloc byte[Varint.MaxBytes];
        var written = bytes[..Varint.Write(bytes, value)];
        Assert.Equal(hex, Convert.ToHexString(written));
        ReadOnlySpan<byte> rest = written;
        Assert.True(Varint.TryRead(ref rest, out var read));
        Assert.Equal(value, read);
        Assert.True(rest.IsEmpty);
        for (var length = 0; length < written.Length; length++)
        {
            rest = written[..length];
            Assert.False(Varint.TryRead(ref rest, out _));
        }
    }

    [Fact]
    public void A_varint_beyond_64_bits_is_refused()
    {
        ReadOnlySpan<byte> rest = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02];
        Assert.False(Varint.TryRead(ref rest, out _));
    }
}
