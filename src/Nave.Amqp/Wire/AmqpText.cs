using System.Text;
using System.Text.Unicode;

namespace Nave.Amqp.Wire;

/// <summary>Strings are UTF-8, symbols ASCII: AMQP 1.0 part 1, 1.6.20 and 1.6.21.</summary>
internal static class AmqpText
{
    public static ReadOnlySpan<byte> CheckString(ReadOnlySpan<byte> text) =>
        Utf8.IsValid(text) ? text : throw AmqpFault.Decode("A string is not well-formed UTF-8.");

    public static ReadOnlySpan<byte> CheckSymbol(ReadOnlySpan<byte> text) =>
        Ascii.IsValid(text) ? text : throw AmqpFault.Decode("A symbol has a character that is not ASCII.");

    public static string Decode(ReadOnlySpan<byte> text) => text.IsEmpty ? "" : Encoding.UTF8.GetString(text);
}
