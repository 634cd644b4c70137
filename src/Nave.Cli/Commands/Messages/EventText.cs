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

    /// <summary>The body as text on one line; its size if it is not text.</summary>
    public static string BodyOf(EventLine line) => Utf8.IsValid(line.Body.Span)
        ? System.Text.Encoding.UTF8.GetString(line.Body.Span).ReplaceLineEndings(" ")
        : $"({line.Body.Length} bytes)";
}
