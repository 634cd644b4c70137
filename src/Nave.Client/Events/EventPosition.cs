using System.Globalization;

namespace Nave.Client;

/// <summary>Where in a partition to start. Source of the filters: wire facts 8.2.</summary>
public sealed record EventPosition
{
    private EventPosition(string? filter, bool isLatest = false)
    {
        Filter = filter;
        IsLatest = isLatest;
    }

    /// <summary>Gets the oldest event that is kept.</summary>
    public static EventPosition Earliest { get; } = new("amqp.annotation.x-opt-offset > '-1'") { BeforeSequence = -1 };

    /// <summary>Gets what comes after the newest event there is.</summary>
    public static EventPosition Latest { get; } = new(null, isLatest: true);

    /// <summary>Gets the filter of the link; <see langword="null"/> for the newest, which is looked up first.</summary>
    internal string? Filter { get; }

    internal bool IsLatest { get; }

    /// <summary>Gets the time in ms since 1970 at or after which events are wanted, if the position is a time.</summary>
    internal long? TimeMs { get; private init; }

    /// <summary>Gets the offset after which events are wanted, if the position is one and the event of that offset is not wanted.</summary>
    internal string? AfterOffset { get; private init; }

    /// <summary>Gets the sequence number after which events are wanted, if the position is one.</summary>
    internal long? BeforeSequence { get; private init; }

    /// <summary>An offset that an event had. Offsets are opaque: none is made up.</summary>
    /// <param name="offset">The offset.</param>
    /// <param name="isInclusive">Whether the event of that offset is wanted too.</param>
    /// <exception cref="ArgumentException">It is empty, or has a quote.</exception>
    public static EventPosition FromOffset(string offset, bool isInclusive = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(offset);
        return offset.Contains('\'', StringComparison.Ordinal)
            ? throw new ArgumentException("An offset has no quote.", nameof(offset))
            : new($"amqp.annotation.x-opt-offset {Operator(isInclusive)} '{offset}'") { AfterOffset = isInclusive ? null : offset };
    }

    /// <summary>A sequence number.</summary>
    /// <param name="sequenceNumber">From -1 (before the first event ever).</param>
    /// <param name="isInclusive">Whether the event of that number is wanted too.</param>
    public static EventPosition FromSequenceNumber(long sequenceNumber, bool isInclusive = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequenceNumber, -1);
        return new(string.Create(CultureInfo.InvariantCulture, $"amqp.annotation.x-opt-sequence-number {Operator(isInclusive)} '{sequenceNumber}'"))
        {
            BeforeSequence = isInclusive ? sequenceNumber - 1 : sequenceNumber,
        };
    }

    /// <summary>Events that the hub took at a time or later, to the millisecond.</summary>
    public static EventPosition FromTime(DateTimeOffset time)
    {
        // The wire has "later than" only.
        var ms = time.ToUnixTimeMilliseconds();
        return new(string.Create(CultureInfo.InvariantCulture, $"amqp.annotation.x-opt-enqueued-time > '{ms - 1}'")) { TimeMs = ms };
    }

    /// <inheritdoc/>
    public override string ToString() => Filter ?? "latest";

    private static string Operator(bool isInclusive) => isInclusive ? ">=" : ">";
}
