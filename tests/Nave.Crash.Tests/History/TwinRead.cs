namespace Nave.Crash.Tests.History;

/// <summary>One reading of a twin by the service.</summary>
internal sealed record TwinRead(string DeviceId, Period Time, TwinState State);
