using FsCheck;
using FsCheck.Fluent;

namespace Nave.Amqp.Tests;

public sealed class ValueRoundTripTests
{
    [Fact]
    public void Every_value_comes_back_as_it_was_written() => Check(Values(4), value =>
    {
        var writer = new AmqpWriter(1);
        writer.Value(value);
        return AmqpReader.ReadWhole(writer.Written).ToValue() == value;
    });

    [Fact]
    public void Values_in_a_row_come_back_one_by_one() => Check(Values(2).ListOf().Select(list => AmqpValue.List([.. list])), values =>
    {
        var writer = new AmqpWriter(1);
        foreach (var value in values.Items!)
        {
            writer.Value(value);
        }

        var reader = new AmqpReader(writer.Written);
        foreach (var value in values.Items!)
        {
            if (reader.Read().ToValue() != value)
            {
                return false;
            }
        }

        return reader.IsEmpty;
    });

    private static void Check(Gen<AmqpValue> values, Func<AmqpValue, bool> holds) =>
        Prop.ForAll(values.ToArbitrary(), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private static Gen<AmqpValue> Values(int depth)
    {
        var text = ArbMap.Default.GeneratorFor<NonNull<string>>().Select(s => new string([.. s.Get.Where(c => !char.IsSurrogate(c))]));
        Gen<AmqpValue>[] simple =
        [
            Gen.Constant(default(AmqpValue)),
            ArbMap.Default.GeneratorFor<bool>().Select(v => (AmqpValue)v),
            ArbMap.Default.GeneratorFor<byte>().Select(v => (AmqpValue)v),
            ArbMap.Default.GeneratorFor<ushort>().Select(v => (AmqpValue)v),
            ArbMap.Default.GeneratorFor<uint>().Select(v => (AmqpValue)v),
            ArbMap.Default.GeneratorFor<ulong>().Select(v => (AmqpValue)v),
            ArbMap.Default.GeneratorFor<sbyte>().Select(v => (AmqpValue)v),
            ArbMap.Default.GeneratorFor<short>().Select(v => (AmqpValue)v),
            ArbMap.Default.GeneratorFor<int>().Select(v => (AmqpValue)v),
            ArbMap.Default.GeneratorFor<long>().Select(v => (AmqpValue)v),
            ArbMap.Default.GeneratorFor<float>().Select(v => (AmqpValue)v),
            ArbMap.Default.GeneratorFor<double>().Select(v => (AmqpValue)v),
            ArbMap.Default.GeneratorFor<Guid>().Select(v => (AmqpValue)v),
            ArbMap.Default.GeneratorFor<long>().Select(AmqpValue.Timestamp),
            ArbMap.Default.GeneratorFor<byte[]>().Select(v => (AmqpValue)(v ?? [])),
            text.Select(v => (AmqpValue)v),
            text.Select(v => (AmqpValue)string.Concat(Enumerable.Repeat(v, 40))),
            text.Select(v => AmqpValue.Symbol(new string([.. v.Where(char.IsAscii)]))),
            ArbMap.Default.GeneratorFor<int[]>().Select(v => AmqpValue.Array(AmqpType.Int, [.. (v ?? []).Select(i => (AmqpValue)i)])),
            text.ListOf().Select(AmqpValue.StringArray),
        ];
        if (depth == 0)
        {
            return Gen.OneOf(simple);
        }

        var inner = Values(depth - 1);
        var items = inner.ListOf(3);
        return Gen.OneOf(
        [
            .. simple,
            items.Select(v => AmqpValue.List([.. v])),
            items.Select(v => AmqpValue.Array(AmqpType.List, [.. v.Select(i => AmqpValue.List(i))])),
            items.Select(v => (AmqpValue)AmqpMap.Fields(("a", v[0]), ("b", v[1]), ("c", v[2]))),
            items.Select(v => AmqpValue.Array(AmqpType.Map, [.. v.Select(i => (AmqpValue)AmqpMap.Strings(("x", i)))])),
            inner.Select(v => (AmqpValue)new AmqpDescribed(AmqpValue.Symbol("d"), v)),
            inner.Select(v => (AmqpValue)new AmqpDescribed(0x1234UL, v)),
        ]);
    }
}
