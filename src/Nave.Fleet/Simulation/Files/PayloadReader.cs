using System.Globalization;
using System.Text;
using System.Text.Json;
using Nave.Api;
using Nave.Fleet.Simulation.Templates;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Nave.Fleet.Simulation.Files;

/// <summary>Makes payloads from YAML: a mapping or a list becomes JSON, a text stays text.</summary>
internal static class PayloadReader
{
    /// <summary>Reads a payload with templates in it; reports what is malformed.</summary>
    public static PayloadTemplate? Read(YamlNode node, string path, ProblemList problems)
    {
        if (node is not YamlScalarNode scalar)
        {
            return NodeOf(node, path, problems) is { } json ? new PayloadTemplate(json) : null;
        }

        try
        {
            return PayloadTemplate.Parse(scalar.Value ?? string.Empty);
        }
        catch (TemplateException e)
        {
            problems.Add(node, $"'{path}' is malformed {e.Message}");
            return null;
        }
    }

    /// <summary>Reads a JSON value without templates.</summary>
    public static RawJson ReadConstant(YamlNode node, string path, ProblemList problems) =>
        Read(node, path, problems) is { IsJson: true } payload
            ? RawJson.FromTrusted(payload.Evaluate(new TemplateContext(string.Empty, 0, new Random(0))))
            : default;

    private static PayloadNode? NodeOf(YamlNode node, string path, ProblemList problems) => node switch
    {
        YamlMappingNode mapping => MapOf(mapping, path, problems),
        YamlSequenceNode sequence => new PayloadNode.List(
            [.. sequence.Children.Select((child, i) => NodeOf(child, $"{path}[{i}]", problems)).OfType<PayloadNode>()]),
        YamlScalarNode scalar => ScalarOf(scalar, path, problems),
        _ => null,
    };

    private static PayloadNode.Map? MapOf(YamlMappingNode mapping, string path, ProblemList problems)
    {
        var members = new List<KeyValuePair<string, PayloadNode>>();
        foreach (var (key, value) in mapping.Children)
        {
            if (key is not YamlScalarNode { Value: { } name })
            {
                problems.Add(key, $"'{path}' has a mapping as a name; a template needs quotes, such as \"{{{{counter()}}}}\".");
                return null;
            }

            if (NodeOf(value, $"{path}.{name}", problems) is { } node)
            {
                members.Add(KeyValuePair.Create(name, node));
            }
        }

        return new PayloadNode.Map(members);
    }

    private static PayloadNode? ScalarOf(YamlScalarNode scalar, string path, ProblemList problems)
    {
        var text = scalar.Value ?? string.Empty;
        if (scalar.Style == ScalarStyle.Plain && PlainOf(text) is { } constant)
        {
            return constant;
        }

        try
        {
            return new PayloadNode.Text(TextTemplate.Parse(text));
        }
        catch (TemplateException e)
        {
            problems.Add(scalar, $"'{path}' is malformed {e.Message}");
            return null;
        }
    }

    // YAML's core schema: what is not quoted may be a number, a truth value or nothing.
    private static PayloadNode.Constant? PlainOf(string text) => text switch
    {
        "" or "null" or "~" => new PayloadNode.Constant(RawJson.Null),
        "true" or "false" => new PayloadNode.Constant(RawJson.Parse(text)),
        _ when IsJsonNumber(text) => new PayloadNode.Constant(RawJson.Parse(text)),
        _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && !char.IsLetter(text[0]) =>
            new PayloadNode.Constant(RawJson.Parse(number.ToString("R", CultureInfo.InvariantCulture))),
        _ => null,
    };

    // Digits stay as they were written.
    private static bool IsJsonNumber(string text)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.Number && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
