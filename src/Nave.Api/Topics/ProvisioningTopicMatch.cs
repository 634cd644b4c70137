namespace Nave.Api;

/// <summary>The parts of a topic of the provisioning service, as slices of it.</summary>
public readonly ref struct ProvisioningTopicMatch
{
    /// <summary>Gets what the topic is for.</summary>
    public ProvisioningTopicKind Kind { get; init; }

    /// <summary>Gets the request id (<c>$rid</c>) exactly as it stands: echo it so.</summary>
    public ReadOnlySpan<byte> RequestId { get; init; }

    /// <summary>Gets the operation id, still percent-encoded; empty if there is none.</summary>
    public ReadOnlySpan<byte> OperationId { get; init; }

    /// <summary>Gets the status in an answer's topic.</summary>
    public int Status { get; init; }

    /// <summary>Gets how long to wait before the next request, in seconds; <see langword="null"/> if the answer does not say.</summary>
    public int? RetryAfterSeconds { get; init; }
}
