namespace Nave.Crash.Tests.History;

/// <summary>The events of a device that uses the product's own client, which sends again by itself.</summary>
/// <param name="deviceId">The device.</param>
internal sealed class ClientHistory(string deviceId)
{
    public string DeviceId => deviceId;

    /// <summary>Gets whether the client said that an event is stored; an index is a sequence number.</summary>
    public List<bool> Acknowledged { get; } = [];

    /// <summary>Gets or sets how many connections the client had: it sends an event at most once on each.</summary>
    public int Connections { get; set; }
}
