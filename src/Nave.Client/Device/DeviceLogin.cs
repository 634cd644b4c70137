using System.Security.Cryptography.X509Certificates;
using System.Text;
using Nave.Api;
using Nave.Mqtt;

namespace Nave.Client;

/// <summary>Who a device client is, and how it proves it. Makes the CONNECT packet, with a new token each time.</summary>
internal sealed class DeviceLogin
{
    // What the Node SDK sends (wire facts 4.1.3).
    private const string ApiVersion = "2021-04-12";

    private readonly IotHubConnectionString _connection;
    private readonly byte[]? _key;
    private readonly string? _keyName;
    private readonly string? _signature;

    public DeviceLogin(IotHubConnectionString connection)
    {
        _connection = connection;
        HostName = connection.HostName;
        Id = connection.Id;
        _keyName = connection.SharedAccessKeyName;
        _key = connection.SharedAccessKey is null ? null : Convert.FromBase64String(connection.SharedAccessKey);
        _signature = connection.SharedAccessSignature;
    }

    public string HostName { get; }

    public IdentityId Id { get; }

    public X509Certificate2? Certificate { get; init; }

    /// <summary>Gets the same identity with the same credentials in another hub.</summary>
    public DeviceLogin At(string hostName) => new(_connection with { HostName = hostName }) { Certificate = Certificate };

    /// <summary>Makes CONNECT.</summary>
    /// <param name="options">The client's options.</param>
    /// <param name="topics">The client's topics.</param>
    /// <param name="renewAt">When to connect anew, before the token ends; <see langword="null"/> if there is no need or no way.</param>
    public MqttConnect CreateConnect(DeviceClientOptions options, MqttTopics topics, out DateTimeOffset? renewAt)
    {
        renewAt = null;
        var password = _signature;
        if (_key is not null)
        {
            var now = options.TimeProvider.GetUtcNow();
            password = SasToken.Create(SasToken.ResourceOf(HostName, Id), _key, now + options.TokenLifetime, _keyName);
            renewAt = now + (options.TokenLifetime * options.TokenUse);
        }

        var clientId = Id.ToString();
        var userName = $"{HostName}/{clientId}/?api-version={ApiVersion}&DeviceClientType={Uri.EscapeDataString("nave/0.1")}";
        if (options.ModelId is not null)
        {
            userName += $"&model-id={Uri.EscapeDataString(options.ModelId)}";
        }

        return new MqttConnect
        {
            ClientId = clientId,
            CleanStart = false,
            KeepAliveSeconds = (ushort)options.KeepAlive.TotalSeconds,
            UserName = userName,
            // Without the cast the null would be an empty password.
            Password = password is null ? (ReadOnlyMemory<byte>?)null : Encoding.UTF8.GetBytes(password),
            Will = options.WillBody is { } body
                ? new MqttWill
                {
                    Topic = Encoding.UTF8.GetString(topics.TelemetryPrefix) + MqttPropertyBag.Encode(options.WillProperties),
                    Payload = body,
                    Qos = MqttQos.AtLeastOnce,
                }
                : null,
        };
    }
}
