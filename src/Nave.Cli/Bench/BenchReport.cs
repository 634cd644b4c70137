using System.Text.Json.Serialization;

namespace Nave.Cli.Bench;

/// <summary>What a benchmark measured.</summary>
internal sealed record BenchReport
{
    /// <summary>Gets what was done: <c>ingest</c>, <c>twins</c>, <c>connect</c>, <c>commands</c>, <c>registry</c>, <c>query</c>, <c>read</c>.</summary>
    public required string Bench { get; init; }

    /// <summary>Gets what one operation was: <c>event</c>, <c>patch</c>, <c>connection</c>, <c>method</c>, <c>message</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>Gets how many connections there were.</summary>
    public required int Connections { get; init; }

    /// <summary>Gets how many operations were under way on each, or (<c>connect</c>, <c>commands</c>) in all.</summary>
    public required int InFlight { get; init; }

    /// <summary>Gets the size of an event's body, in bytes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Size { get; init; }

    /// <summary>Gets how many operations one call carried.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Batch { get; init; }

    /// <summary>Gets how long was measured, in seconds, after warming up.</summary>
    public required double Seconds { get; init; }

    /// <summary>Gets how many operations were acknowledged.</summary>
    public required long Count { get; init; }

    /// <summary>Gets how many failed.</summary>
    public required long Failed { get; init; }

    /// <summary>Gets operations a second.</summary>
    public required double PerSecond { get; init; }

    /// <summary>Gets bytes of bodies a second, where they are what is read.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? BytesPerSecond { get; init; }

    public required double P50Ms { get; init; }

    public required double P90Ms { get; init; }

    public required double P99Ms { get; init; }

    public required double P999Ms { get; init; }

    /// <summary>Gets the processor time of the server, in seconds; <see langword="null"/> if its process is not known.</summary>
    public required double? ServerCpuSeconds { get; init; }

    /// <summary>Gets the processor time of the server for a million operations, in seconds.</summary>
    public required double? ServerCpuSecondsPerMillion { get; init; }

    /// <summary>Gets the processor time of this process, which makes the load, for a million operations, in seconds.</summary>
    public required double ClientCpuSecondsPerMillion { get; init; }
}
