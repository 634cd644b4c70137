using Nave.Amqp;

namespace Nave.Server.Amqp.Device;

/// <summary>A module's receiver for messages to its inputs. In the cloud nothing routes to inputs (an edge hub does), so it stays silent.</summary>
internal sealed class InputSender(DevicePeer device) : IAmqpSenderHandler
{
    /// <inheritdoc/>
    public void OnCredit(AmqpSenderLink link)
    {
        // Nothing waits.
    }

    /// <inheritdoc/>
    public void OnDetached(AmqpLink link, AmqpError? error) => device.Detached(link);
}
