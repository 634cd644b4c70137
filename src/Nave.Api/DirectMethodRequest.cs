namespace Nave.Api;

/// <summary>A direct method call.</summary>
public sealed record DirectMethodRequest;
