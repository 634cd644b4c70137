namespace Nave.Amqp.Wire;

/// <summary>AMQP 1.0 part 5, 5.3.3.</summary>
internal static class AmqpSaslCodec
{
    public static IReadOnlyList<string> ReadMechanisms(AmqpListView list) =>
        list.Symbols() ?? throw AmqpFields.Missing("sasl-server-mechanisms");

    public static AmqpSaslInit ReadInit(AmqpListView list)
    {
        var mechanism = list.TextRequired("mechanism of sasl-init");
        var response = list.Next();
        return new AmqpSaslInit(mechanism, response.IsNull ? [] : response.AsBinary().ToArray(), list.Text());
    }

    public static AmqpSaslCode ReadOutcome(AmqpListView list)
    {
        var code = list.Next();
        if (code.IsNull)
        {
            throw AmqpFields.Missing("code of sasl-outcome");
        }

        var value = code.AsUByte();
        return value <= (byte)AmqpSaslCode.SysTemp
            ? (AmqpSaslCode)value
            : throw AmqpFault.InvalidField($"The code of a sasl-outcome is {value}; 0 to 4 are permitted.");
    }

    /// <summary>Always an array, also for one (wire facts 5.1.3).</summary>
    public static void WriteMechanisms(AmqpWriter writer, IReadOnlyList<string> mechanisms)
    {
        writer.Descriptor(Descriptor.SaslMechanisms);
        var start = writer.BeginList();
        writer.Symbols(mechanisms);
        writer.End(start, 1);
    }

    public static void WriteInit(AmqpWriter writer, AmqpSaslClient client)
    {
        writer.Descriptor(Descriptor.SaslInit);
        var start = writer.BeginList();
        writer.Symbol(client.Mechanism);
        if (client.InitialResponse is null)
        {
            writer.Null();
        }
        else
        {
            writer.Binary(client.InitialResponse);
        }

        writer.String(client.HostName);
        writer.End(start, 3);
    }

    /// <summary>Challenge or response.</summary>
    public static void WriteBytes(AmqpWriter writer, ulong descriptor, ReadOnlySpan<byte> bytes)
    {
        writer.Descriptor(descriptor);
        var start = writer.BeginList();
        writer.Binary(bytes);
        writer.End(start, 1);
    }

    public static void WriteOutcome(AmqpWriter writer, AmqpSaslCode code)
    {
        writer.Descriptor(Descriptor.SaslOutcome);
        var start = writer.BeginList();
        writer.UByte((byte)code);
        writer.Null();
        writer.End(start, 2);
    }
}
