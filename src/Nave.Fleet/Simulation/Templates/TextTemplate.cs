using System.Text;
using System.Text.Json;

namespace Nave.Fleet.Simulation.Templates;

/// <summary>Text with expressions in double braces: <c>level {{round(random(0, 5), 1)}}</c>.</summary>
public sealed class TextTemplate
{
    private const string Open = "{{";

    // Literals and expressions in turn, as they stand in the text.
    private readonly List<(string? Literal, TemplateExpression? Expression)> _parts;

    private TextTemplate(List<(string?, TemplateExpression?)> parts) => _parts = parts;

    /// <summary>Reads a template.</summary>
    /// <exception cref="TemplateException">It is malformed.</exception>
    public static TextTemplate Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = new List<(string?, TemplateExpression?)>();
        var position = 0;
        while (position < text.Length)
        {
            var open = text.IndexOf(Open, position, StringComparison.Ordinal);
            if (open < 0)
            {
                parts.Add((text[position..], null));
                break;
            }

            if (open > position)
            {
                parts.Add((text[position..open], null));
            }

            parts.Add((null, new TemplateParser(text, open + Open.Length).Parse(out position)));
        }

        return new TextTemplate(parts);
    }

    /// <summary>Fills the template.</summary>
    public string Evaluate(TemplateContext context)
    {
        if (_parts.Count == 1)
        {
            return PartText(_parts[0], context);
        }

        var text = new StringBuilder();
        foreach (var part in _parts)
        {
            text.Append(PartText(part, context));
        }

        return text.ToString();
    }

    /// <summary>Writes it as a JSON value: one expression alone keeps its type, anything else is a string.</summary>
    internal void Write(Utf8JsonWriter json, TemplateContext context)
    {
        if (_parts is [(_, { } only)])
        {
            only.Evaluate(context).Write(json);
        }
        else
        {
            json.WriteStringValue(Evaluate(context));
        }
    }

    private static string PartText((string? Literal, TemplateExpression? Expression) part, TemplateContext context) =>
        part.Literal ?? part.Expression!.Evaluate(context).ToString(); // One of the two is set.
}
