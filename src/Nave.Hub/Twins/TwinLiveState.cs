namespace Nave.Hub.Twins;

/// <summary>What a twin shows that is not stored with it.</summary>
/// <param name="IsConnected">Whether the identity is connected.</param>
/// <param name="LastActivity">When it last did something; the minimum value if never.</param>
/// <param name="CloudToDeviceMessages">How many messages wait for it.</param>
internal readonly record struct TwinLiveState(bool IsConnected, DateTimeOffset LastActivity, int CloudToDeviceMessages);
