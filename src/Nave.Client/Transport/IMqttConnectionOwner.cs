using Nave.Mqtt;

namespace Nave.Client;

/// <summary>What a connection asks of the client that it belongs to. Both calls come under <see cref="Gate"/>.</summary>
internal interface IMqttConnectionOwner
{
    /// <summary>Gets the lock around the client's state and the connection's output.</summary>
    Lock Gate { get; }

    /// <summary>A packet arrived; it is valid during the call.</summary>
    void Receive(MqttConnection connection, in MqttFrame frame);

    /// <summary>The output has room.</summary>
    void Refill(MqttConnection connection);
}
