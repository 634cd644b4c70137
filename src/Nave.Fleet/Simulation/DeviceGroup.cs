using Nave.Api;
using Nave.Fleet.Simulation.Templates;

namespace Nave.Fleet.Simulation;

/// <summary>Devices that are alike.</summary>
public sealed record DeviceGroup
{
    /// <summary>Gets the name, for messages.</summary>
    public required string Name { get; init; }

    /// <summary>Gets how many devices there are.</summary>
    public required int Count { get; init; }

    /// <summary>Gets the id of each: zeros in braces become the device's number, with at least as many digits.</summary>
    public required DeviceIdPattern Id { get; init; }

    /// <summary>Gets the number of the first device.</summary>
    public int First { get; init; } = 1;

    /// <summary>Gets the time between two messages of a device; <see langword="null"/> = it sends none.</summary>
    public TimeSpan? Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets by how much of the interval a message may be off, 0 to 1.</summary>
    public double Jitter { get; init; } = 0.1;

    /// <summary>Gets what a message holds.</summary>
    public required PayloadTemplate Payload { get; init; }

    /// <summary>Gets the application properties of a message.</summary>
    public IReadOnlyList<KeyValuePair<string, TextTemplate>> Properties { get; init; } = [];

    /// <summary>Gets the content type of a message.</summary>
    public string? ContentType { get; init; }

    /// <summary>Gets the content encoding of a message.</summary>
    public string? ContentEncoding { get; init; }

    /// <summary>Gets the tags that a device is created with; undefined = none.</summary>
    public RawJson Tags { get; init; }

    /// <summary>Gets when and what the devices report in their twins.</summary>
    public ReportedUpdates? Reported { get; init; }

    /// <summary>Gets the answers to direct methods by name; <c>*</c> answers every other.</summary>
    public IReadOnlyDictionary<string, MethodAnswer> Methods { get; init; } = new Dictionary<string, MethodAnswer>();

    /// <summary>Gets what goes wrong.</summary>
    public IReadOnlyList<Fault> Faults { get; init; } = [];
}
