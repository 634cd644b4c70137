using Nave.Amqp;

namespace Nave.Fuzz.Amqp;

/// <summary>Values of all types.</summary>
internal sealed class AmqpValueTarget() : AmqpCodecTarget("amqp-value", [Write(writer => writer.Map(AllKinds)), .. AllKinds.Select(entry => Write(writer => writer.Value(entry.Value)))])
{
    /// <inheritdoc/>
    public override void Verify(byte[] input)
    {
        var value = AmqpReader.ReadWhole(input).ToValue();
        Check(AmqpReader.ReadWhole(Write(writer => writer.Value(value))).ToValue() == value, "a value is read as it was written");
    }

    /// <inheritdoc/>
    protected override void Decode(byte[] input) => AmqpReader.ReadWhole(input).ToValue();
}
