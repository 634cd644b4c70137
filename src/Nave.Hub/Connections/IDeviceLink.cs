namespace Nave.Hub.Connections;

/// <summary>A connected device or module, as a head gives it to the hub. Calls come from any thread and must not block.</summary>
public interface IDeviceLink
{
    /// <summary>Gets the protocol by its usual name: <c>Mqtt</c>, <c>MqttWs</c>, <c>Amqp</c>, …</summary>
    string Protocol { get; }

    /// <summary>Tells that desired properties changed; sent only to those who asked (<see cref="DeviceFeatures.DesiredProperties"/>).</summary>
    /// <param name="version">The new version of the desired section.</param>
    /// <param name="patch">The JSON as the device gets it, <c>$version</c> included.</param>
    void DesiredChanged(long version, ReadOnlyMemory<byte> patch);

    /// <summary>Sends a direct method; the answer comes to <see cref="Commands.DirectMethodService.Complete"/>.</summary>
    /// <returns><see langword="false"/> if the link is closing.</returns>
    bool TryInvoke(string requestId, string methodName, ReadOnlyMemory<byte> payload);

    /// <summary>Tells that the queue of cloud-to-device messages has something to receive.</summary>
    void CloudToDeviceAvailable();

    /// <summary>Closes the connection.</summary>
    void Close(CloseReason reason);
}
