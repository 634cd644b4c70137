using System.Globalization;
using System.Text.Unicode;
using Nave.Api;

namespace Nave.Cli.Commands;

/// <summary>Events as lines for people.</summary>
internal static class EventText
{
    public static string LineOf(EventLine line)
    {
        var who = new IdentityId(line.DeviceId, line.ModuleId);
        var source = line.Source is null or "Telemetry" ? string.Empty : $" [{line.Source}]";
        return string.Create(
            CultureInfo.InvariantCulture, $"{line.EnqueuedTime.UtcDateTime:HH:mm:ss.fff}  {line.Partition}:{line.SequenceNumber,-6} {who}{source}  {BodyOf(line)}");
    }

    /// <summary>The properties that are to be shown, behind the line: <c>  {name=value, …}</c>.</summary>
    public static string PropertiesOf(EventLine line, ShownProperties shown)
    {
        var pairs = new List<string>();
        if (shown is ShownProperties.Sys or ShownProperties.All)
        {
            AddIfSet(pairs, "iothub-message-source", line.Source);
            AddIfSet(pairs, "iothub-connection-auth-generation-id", line.GenerationId);
            AddIfSet(pairs, "iothub-connection-auth-method", line.AuthMethod);
            pairs.AddRange(line.Properties.Where(property => property.System != SystemProperty.None)
                .Select(property => $"{SystemPropertyNames.Amqp(property.System)}={property.Value}"));
        }

        if (shown is ShownProperties.App or ShownProperties.All)
        {
            pairs.AddRange(line.Properties.Where(property => property.System == SystemProperty.None)
                .Select(property => property.IsNull ? property.Name : $"{property.Name}={property.Value}"));
        }

        return pairs.Count == 0 ? string.Empty : $"  {{{string.Join(", ", pairs).ReplaceLineEndings(" ")}}}";
    }

    /// <summary>The body as text on one line; its size if it is not text.</summary>
    public static string BodyOf(EventLine line) => Utf8.IsValid(line.Body.Span)
        ? System.Text.Encoding.UTF8.GetString(line.Body.Span).ReplaceLineEndings(" ")
        : $"({line.Body.Length} bytes)";

    private static void AddIfSet(List<string> pairs, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            pairs.Add($"{name}={value}");
        }
    }
}
