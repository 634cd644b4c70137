namespace Nave.Amqp.Tests;

/// <summary>Encodings as AMQP 1.0 part 1, 1.6 gives them, and what they mean.</summary>
internal static class GoldenValues
{
    public static IReadOnlyList<(string Hex, AmqpValue Value)> All { get; } =
    [
        ("40", default),
        ("41", true),
        ("42", false),
        ("5601", true),
        ("5600", false),
        ("50FF", (byte)255),
        ("60ABCD", (ushort)0xABCD),
        ("7001020304", 0x01020304u),
        ("5207", 7u),
        ("43", 0u),
        ("800102030405060708", 0x0102030405060708ul),
        ("5307", 7ul),
        ("44", 0ul),
        ("5180", (sbyte)-128),
        ("618000", short.MinValue),
        ("7180000000", int.MinValue),
        ("54FF", -1),
        ("818000000000000000", long.MinValue),
        ("55FE", -2L),
        ("723F800000", 1f),
        ("823FF0000000000000", 1d),
        ("730001F600", AmqpValue.Char(0x1F600)),
        ("83000001311C1AC3F8", AmqpValue.Timestamp(0x1311C1AC3F8)),
        ("98F81D4FAE7DEC11D0A76500A0C91E6BF6", new Guid("f81d4fae-7dec-11d0-a765-00a0c91e6bf6")),
        ("A003010203", new byte[] { 1, 2, 3 }),
        ("B000000003010203", new byte[] { 1, 2, 3 }),
        ("A10DC2A948656C6C6F20477265656E", "©Hello Green"),
        ("B10000000161", "a"),
        ("A306666F6F626172", AmqpValue.Symbol("foobar")),
        ("B300000003666F6F", AmqpValue.Symbol("foo")),
        ("45", AmqpValue.List()),
        ("C0050254015402", AmqpValue.List(1, 2)),
        ("D0000000080000000254015402", AmqpValue.List(1, 2)),
        ("C10502A1016141", AmqpMap.Strings(("a", true))),
        ("D10000000800000002A1016141", AmqpMap.Strings(("a", true))),
        ("E00402540102", AmqpValue.Array(AmqpType.Int, 1, 2)),
        ("E0020340", new AmqpValue(AmqpType.Array, (long)AmqpType.Null, new AmqpValue[3])),
        ("E00602A101610162", AmqpValue.StringArray(["a", "b"])),
        ("00A3036162635207", new AmqpDescribed(AmqpValue.Symbol("abc"), 7u)),
        ("0080000001370000000AA10178", new AmqpDescribed(0x000001370000000Aul, "x")),
    ];
}
