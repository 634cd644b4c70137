using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Nave.Api;
using Nave.Client;

namespace Nave.Crash.Tests.Hosting;

/// <summary>How to reach a hub process, as it printed it when it was ready.</summary>
internal sealed record HubAddress(
    IotHubConnectionString Owner, int HttpsPort, int MqttPort, int MqttPlainPort, int AmqpPort, int AmqpPlainPort, X509Certificate2Collection Roots)
{
    /// <summary>Reads the line that <c>nave serve</c> prints.</summary>
    /// <exception cref="FormatException">The line is not that.</exception>
    public static HubAddress Parse(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            var ports = root.GetProperty("ports");
            return root.GetProperty("ready").GetBoolean()
                ? new HubAddress(
                    IotHubConnectionString.Parse(root.GetProperty("serviceConnectionString").GetString()!),
                    ports.GetProperty("https").GetInt32(),
                    ports.GetProperty("mqtt").GetInt32(),
                    ports.GetProperty("mqttPlain").GetInt32(),
                    ports.GetProperty("amqp").GetInt32(),
                    ports.GetProperty("amqpPlain").GetInt32(),
                    ClientTrust.LoadPem(root.GetProperty("caFile").GetString()!))
                : throw new FormatException("The hub says that it is not ready.");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"The line that the hub printed when ready cannot be read: {e.Message}", e);
        }
    }
}
