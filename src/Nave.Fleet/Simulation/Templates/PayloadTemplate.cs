using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Nave.Api;

namespace Nave.Fleet.Simulation.Templates;

/// <summary>What a message, a patch or an answer holds: JSON with expressions in its strings, or text.</summary>
public sealed class PayloadTemplate
{
    private static readonly JsonWriterOptions s_writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly PayloadNode? _json;
    private readonly TextTemplate? _text;

    internal PayloadTemplate(PayloadNode json) => _json = json;

    private PayloadTemplate(TextTemplate text) => _text = text;

    /// <summary>Gets a value indicating whether it makes JSON, and not text.</summary>
    public bool IsJson => _json is not null;

    /// <summary>Makes a template from text with expressions: a JSON object or array becomes JSON, anything else stays text.</summary>
    /// <exception cref="TemplateException">An expression is malformed.</exception>
    public static PayloadTemplate Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.AsSpan().TrimStart() is ['{', ..] or ['[', ..] && RawJson.TryCreate(Encoding.UTF8.GetBytes(text), out var json))
        {
            using var document = json.ToDocument();
            return new PayloadTemplate(NodeOf(document.RootElement));
        }

        return new PayloadTemplate(TextTemplate.Parse(text));
    }

    /// <summary>Fills the template.</summary>
    /// <returns>UTF-8.</returns>
    public byte[] Evaluate(TemplateContext context)
    {
        if (_json is null)
        {
            return Encoding.UTF8.GetBytes(_text!.Evaluate(context)); // One of the two is set.
        }

        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, s_writing))
        {
            _json.Write(writer, context);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static PayloadNode NodeOf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => new PayloadNode.Map([.. element.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, NodeOf(p.Value)))]),
        JsonValueKind.Array => new PayloadNode.List([.. element.EnumerateArray().Select(NodeOf)]),
        JsonValueKind.String => new PayloadNode.Text(TextTemplate.Parse(element.GetString()!)), // A string is not null.
        _ => new PayloadNode.Constant(RawJson.From(element)),
    };
}
