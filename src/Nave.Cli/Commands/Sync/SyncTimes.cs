using System.Globalization;

namespace Nave.Cli.Commands;

/// <summary>How commands of <c>nave sync</c> write a time.</summary>
internal static class SyncTimes
{
    public static string Of(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
