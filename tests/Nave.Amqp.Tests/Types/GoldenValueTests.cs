namespace Nave.Amqp.Tests;

public sealed class GoldenValueTests
{
    public static TheoryData<int> Cases => [.. Enumerable.Range(0, GoldenValues.All.Count)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_golden_encoding_means_its_value(int index)
    {
        var (hex, value) = GoldenValues.All[index];
        Assert.Equal(value, AmqpReader.ReadWhole(Convert.FromHexString(hex)).ToValue());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_value_comes_back_from_its_own_encoding(int index)
    {
        var value = GoldenValues.All[index].Value;
        var writer = new AmqpWriter(1);
        writer.Value(value);
        Assert.Equal(value, AmqpReader.ReadWhole(writer.Written).ToValue());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_value_cut_anywhere_is_a_decode_error(int index)
    {
        var bytes = Convert.FromHexString(GoldenValues.All[index].Hex);
        for (var length = 0; length < bytes.Length; length++)
        {
            var cut = bytes[..length];
            Assert.Equal(AmqpCondition.DecodeError, Assert.Throws<AmqpProtocolException>(() => AmqpReader.ReadWhole(cut)).Condition);
        }
    }

    [Theory]
    [InlineData("3F")] // no format code
    [InlineData("4F")]
    [InlineData("99000000000000000000000000000000FF")]
    [InlineData("4041")] // something behind it
    [InlineData("A102C328")] // no UTF-8
    [InlineData("A301C3")] // no ASCII
    [InlineData("5602")] // no boolean
    [InlineData("C00102")] // two elements in no bytes
    [InlineData("C1030154015402")] // a map of three
    [InlineData("C0030141FF")] // bytes behind the last element
    [InlineData("E00101")] // an array without a format code
    [InlineData("F000000005FFFFFFFF40")] // four thousand million nulls
    [InlineData("00A30161")] // a descriptor without a value
    [InlineData("004100A302C3")] // a descriptor whose value is cut
    [InlineData("B0FFFFFFFF00")] // 4 GiB
    public void What_is_malformed_is_a_decode_error(string hex) =>
        Assert.Equal(
            AmqpCondition.DecodeError,
            Assert.Throws<AmqpProtocolException>(() => AmqpReader.ReadWhole(Convert.FromHexString(hex)).ToValue()).Condition);

    [Theory]
    [InlineData(15, true)]
    [InlineData(17, false)]
    [InlineData(1000, false)]
    public void Nesting_is_bounded(int depth, bool isRead)
    {
        byte[] bytes = [0x45];
        for (var i = 1; i < depth; i++)
        {
            bytes = bytes.Length < 200 ? [0xC0, (byte)(bytes.Length + 1), 1, .. bytes] : [0xD0, 0, 0, (byte)((bytes.Length + 4) >> 8), (byte)(bytes.Length + 4), 0, 0, 0, 1, .. bytes];
        }

        var exception = Record.Exception(() => AmqpReader.ReadWhole(bytes).ToValue());
        Assert.Equal(isRead, exception is null);
        Assert.True(isRead || exception is AmqpProtocolException);
    }

    [Theory]
    [InlineData("004140")]
    [InlineData("00A0020102800000000000000007")] // Python describes a time with a token
    public void Any_value_may_describe_another(string hex)
    {
        var bytes = Convert.FromHexString(hex);
        var value = AmqpReader.ReadWhole(bytes);
        Assert.Equal(AmqpType.Described, value.Type);
        var writer = new AmqpWriter();
        writer.Value(value.ToValue());
        Assert.Equal(value.ToValue(), AmqpReader.ReadWhole(writer.Written).ToValue());
    }

    [Fact]
    public void Deep_descriptors_are_refused_without_a_value()
    {
        var bytes = Enumerable.Repeat<byte[]>([0x00, 0x44], 10_000).SelectMany(b => b).Append((byte)0x40).ToArray();
        Assert.Throws<AmqpProtocolException>(() => AmqpReader.ReadWhole(bytes));
    }

    [Fact]
    public void Integers_of_every_width_are_read_where_clients_differ()
    {
        foreach (var (hex, expected) in new[] { ("5007", 7L), ("600007", 7), ("5207", 7), ("5307", 7), ("51FF", -1), ("61FFFF", -1), ("54FF", -1), ("55FF", -1) })
        {
            Assert.True(AmqpReader.ReadWhole(Convert.FromHexString(hex)).TryGetInteger(out var value));
            Assert.Equal(expected, value);
        }

        Assert.False(AmqpReader.ReadWhole(Convert.FromHexString("80FFFFFFFFFFFFFFFF")).TryGetInteger(out _));
        Assert.False(AmqpReader.ReadWhole(Convert.FromHexString("A10137")).TryGetInteger(out _));
    }
}
