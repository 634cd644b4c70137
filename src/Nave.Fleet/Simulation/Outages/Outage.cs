namespace Nave.Fleet.Simulation;

/// <summary>A time in which a device did not send, or a reader did not read.</summary>
/// <param name="Client">The device id, or <c>reader</c>; <c>reader of HOST</c> for the connection to one hub.</param>
/// <param name="What"><c>sending</c>, <c>reading</c> or <c>link</c>: a reader's connection, opened again with the endpoint asked for anew.</param>
/// <param name="Stopped">When it stopped.</param>
/// <param name="Resumed">When it resumed; <see langword="null"/> = not yet.</param>
/// <param name="Hub">The host name of the hub that it resumed on.</param>
/// <param name="Waited">How many events waited in the device when it was connected again.</param>
/// <param name="Reason">Why it stopped, if that is known.</param>
public sealed record Outage(string Client, string What, DateTimeOffset Stopped, DateTimeOffset? Resumed, string? Hub, int Waited, string? Reason);
