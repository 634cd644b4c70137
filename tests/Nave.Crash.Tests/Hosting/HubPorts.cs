using System.Net;
using System.Net.Sockets;

namespace Nave.Crash.Tests.Hosting;

/// <summary>Ports that a hub gets in each of its lives, so that clients find it again and it must bind what its dead self left.</summary>
internal sealed record HubPorts(int Https, int Mqtt, int MqttPlain, int Amqp, int AmqpPlain)
{
    // Below the ephemeral ports of Linux (32768 up), so that no client of anybody takes one between two lives.
    private const int First = 21_000;
    private const int Range = 11_000;
    private const int Count = 5;

    /// <summary>Chooses ports that are free now.</summary>
    public static HubPorts Choose()
    {
        var ports = new HashSet<int>();
        while (ports.Count < Count)
        {
            var port = First + Random.Shared.Next(Range);
            if (IsFree(port))
            {
                ports.Add(port);
            }
        }

        var chosen = ports.ToArray();
        return new HubPorts(chosen[0], chosen[1], chosen[2], chosen[3], chosen[4]);
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.IPv6Any, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
