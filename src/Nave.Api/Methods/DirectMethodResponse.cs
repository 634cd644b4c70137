namespace Nave.Api;

/// <summary>A device's answer to a direct method.</summary>
public sealed record DirectMethodResponse
{
    /// <summary>Gets the device's status, any number.</summary>
    public required int Status { get; init; }

    /// <summary>Gets the payload, verbatim; undefined is written as <c>null</c>.</summary>
    public RawJson Payload { get; init; }
}
