using System.Globalization;
using Nave.Client;
using Nave.Fleet.Simulation;

namespace Nave.Cli.Commands;

/// <summary>Where to start, as a command line says it.</summary>
internal static class StartPosition
{
    public const string Help = "earliest, latest (default), a time such as 2026-01-31T12:00Z, or -5m for five minutes ago; of one --partition also sequence:N or offset:N";

    private const string Sequence = "sequence:";
    private const string Offset = "offset:";

    /// <exception cref="CliException">The text is none of these.</exception>
    public static EventPosition Read(string text, bool isOnePartition, TimeProvider time)
    {
        if (text.StartsWith('-') && Duration.TryParse(text, out var span))
        {
            return EventPosition.FromTime(time.GetUtcNow() + span);
        }

        if (isOnePartition && text.StartsWith(Sequence, StringComparison.Ordinal)
            && long.TryParse(text.AsSpan(Sequence.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return EventPosition.FromSequenceNumber(number, isInclusive: true);
        }

        if (isOnePartition && text.StartsWith(Offset, StringComparison.Ordinal) && text.Length > Offset.Length && !text.Contains('\'', StringComparison.Ordinal))
        {
            return EventPosition.FromOffset(text[Offset.Length..], isInclusive: true);
        }

        return text is "earliest" ? EventPosition.Earliest
            : text is "latest" ? EventPosition.Latest
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? EventPosition.FromTime(at)
            : throw new CliException($"--from is '{text}'; {Help} is permitted.", ExitCodes.Usage);
    }
}
