using Nave.Api;

namespace Nave.Crash.Tests.Drivers;

/// <summary>What a device does with what it receives. Called by one thread at a time.</summary>
internal interface IMqttLinkHandler
{
    /// <summary>The hub acknowledged a message.</summary>
    void Acknowledged(MqttLink link, ushort packetId);

    /// <summary>The hub published something.</summary>
    /// <param name="link">Where.</param>
    /// <param name="topic">What it is.</param>
    /// <param name="payload">Valid during the call.</param>
    /// <param name="packetId">To acknowledge; 0 = nothing to acknowledge.</param>
    void Published(MqttLink link, in MqttTopicMatch topic, ReadOnlySpan<byte> payload, ushort packetId);
}
