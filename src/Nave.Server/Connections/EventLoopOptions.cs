namespace Nave.Server.Connections;

/// <summary>How an event loop trades latency against wake-ups.</summary>
/// <param name="GatherTime">How long arrivals are gathered at most before they are handled together; zero = never. See <see cref="GatherPolicy"/>.</param>
internal sealed record EventLoopOptions(TimeSpan GatherTime);
