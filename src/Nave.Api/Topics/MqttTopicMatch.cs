namespace Nave.Api;

/// <summary>The parts of a topic, as slices of it.</summary>
public readonly ref struct MqttTopicMatch
{
    /// <summary>Gets what the topic is for.</summary>
    public MqttTopicKind Kind { get; init; }

    /// <summary>Gets the property bag, still encoded, for <see cref="MqttPropertyBag"/>.</summary>
    public ReadOnlySpan<byte> Bag { get; init; }

    /// <summary>Gets the request id (<c>$rid</c>) exactly as it stands: echo it so.</summary>
    public ReadOnlySpan<byte> RequestId { get; init; }

    /// <summary>Gets the method's or the input's name, still percent-encoded.</summary>
    public ReadOnlySpan<byte> Name { get; init; }

    /// <summary>Gets the status in a response's topic.</summary>
    public int Status { get; init; }

    /// <summary>Gets the <c>$version</c>, or <see langword="null"/>.</summary>
    public long? Version { get; init; }
}
