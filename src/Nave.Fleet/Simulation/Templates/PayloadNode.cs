using System.Text.Json;
using Nave.Api;

namespace Nave.Fleet.Simulation.Templates;

/// <summary>A part of a payload that becomes a JSON value.</summary>
internal abstract class PayloadNode
{
    public abstract void Write(Utf8JsonWriter json, TemplateContext context);

    /// <summary>An object.</summary>
    internal sealed class Map(IReadOnlyList<KeyValuePair<string, PayloadNode>> members) : PayloadNode
    {
        public override void Write(Utf8JsonWriter json, TemplateContext context)
        {
            json.WriteStartObject();
            foreach (var (name, value) in members)
            {
                json.WritePropertyName(name);
                value.Write(json, context);
            }

            json.WriteEndObject();
        }
    }

    /// <summary>An array.</summary>
    internal sealed class List(IReadOnlyList<PayloadNode> items) : PayloadNode
    {
        public override void Write(Utf8JsonWriter json, TemplateContext context)
        {
            json.WriteStartArray();
            foreach (var item in items)
            {
                item.Write(json, context);
            }

            json.WriteEndArray();
        }
    }

    /// <summary>A string with expressions in it, or one expression.</summary>
    internal sealed class Text(TextTemplate template) : PayloadNode
    {
        public override void Write(Utf8JsonWriter json, TemplateContext context) => template.Write(json, context);
    }

    /// <summary>A value that stays as it is.</summary>
    internal sealed class Constant(RawJson value) : PayloadNode
    {
        public override void Write(Utf8JsonWriter json, TemplateContext context) => json.WriteRawValue(value.Utf8.Span, skipInputValidation: true);
    }
}
