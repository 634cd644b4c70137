using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Nave.Api;

namespace Nave.Cli.Output;

/// <summary>Makes one line of JSON.</summary>
internal static class JsonLine
{
    private static readonly JsonWriterOptions s_line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonWriterOptions s_indented = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true };

    /// <summary>Makes an object from its members.</summary>
    public static string Of(Action<Utf8JsonWriter> writeMembers) => Write(s_line, json =>
    {
        json.WriteStartObject();
        writeMembers(json);
        json.WriteEndObject();
    });

    /// <summary>Puts a value that came from elsewhere on one line; numbers keep their digits.</summary>
    public static string Of(RawJson value) => Write(s_line, json => Copy(value, json));

    /// <summary>Puts a value on many lines, for people.</summary>
    public static string Indent(RawJson value) => Write(s_indented, json => Copy(value, json));

    private static void Copy(RawJson value, Utf8JsonWriter json)
    {
        using var document = value.ToDocument();
        document.RootElement.WriteTo(json);
    }

    private static string Write(JsonWriterOptions options, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, options))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
