namespace Nave.Api;

/// <summary>A device's answer to a direct method.</summary>
public sealed record DirectMethodResponse;
