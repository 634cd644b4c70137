using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Server.Http.Device;
using Nave.Server.Http.Own;
using Nave.Server.Http.Provisioning;
using Nave.Server.Http.Service;
using Nave.Server.Http.Uploads;
using Nave.Server.Http.Webhooks;
using Nave.Server.Metrics;
using Nave.Server.Tls;

namespace Nave.Server.Http;

/// <summary>The HTTPS port: service API, device API, Nave's own API, health, metrics, and the WebSocket door to the other heads.</summary>
internal sealed class HttpHead : IAsyncDisposable
{
    private readonly WebApplication _application;

    private HttpHead(WebApplication application) => _application = application;

    /// <summary>Gets the port that is bound.</summary>
    public int Port => new Uri(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;

    /// <summary>Builds and binds.</summary>
    /// <exception cref="IOException">The port may not be bound.</exception>
    public static async Task<HttpHead> StartAsync(
        HttpHeadOptions options, HttpHeadParts parts, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<ILoggerFactory>(new KestrelLoggers(loggers));
        builder.Services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        builder.Services.AddSingleton(time);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Configure(kestrel, options, parts.Certificates));
        var application = builder.Build();
        application.UseWebSockets(new WebSocketOptions { KeepAliveInterval = Timeout.InfiniteTimeSpan });
        application.UseRouting();

        var routes = new HubRoutes(application, parts.Hubs, options.MaxBodyBytes, loggers.CreateLogger<HubRoutes>());
        IdentityEndpoints.Map(routes);
        TwinEndpoints.Map(routes);
        ConfigurationEndpoints.Map(routes);
        CommandEndpoints.Map(routes);
        FeedbackEndpoints.Map(routes);
        TransferEndpoints.Map(routes);
        ScheduledJobEndpoints.Map(routes);
        EventEndpoints.Map(routes);
        ConsumerGroupEndpoints.Map(routes);
        MethodBatchEndpoints.Map(routes);
        HttpTelemetryEndpoints.Map(routes);
        CloudToDeviceEndpoints.Map(routes);
        FileUploadEndpoints.Map(routes);
        WebhookEndpoints.Map(routes);
        ServedFileEndpoints.Map(routes);
        FileUploadAdminEndpoints.Map(routes);
        HubAdminEndpoints.Map(routes, parts);
        RegistryEndpoints.Map(routes);
        SecurityEndpoints.Map(routes);
        StandbyEndpoints.Map(routes);
        var provisioning = new ProvisioningRoutes(
            application, parts.Hubs, parts.Provisioning, options.MaxBodyBytes, loggers.CreateLogger<ProvisioningRoutes>());
        EnrollmentEndpoints.Map(provisioning);
        RegistrationEndpoints.Map(provisioning);
        DeviceProvisioningEndpoints.Map(provisioning);
        ProvisioningAdminEndpoints.Map(provisioning);
        HealthEndpoints.Map(application, parts);
        application.MapGet("/metrics", context => WriteMetricsAsync(context, parts.Metrics));
        foreach (var path in WebSocketDoor.Paths)
        {
            application.Map(path, context =>
                context.WebSockets.IsWebSocketRequest || path.Length > 1 ? parts.WebSockets.RunAsync(context) : NotFoundAsync(context));
        }

        application.MapFallback(NotFoundAsync);
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }

        return new HttpHead(application);
    }

    /// <summary>Lets requests under way end, then stops.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _application.StopAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private static void Configure(KestrelServerOptions kestrel, HttpHeadOptions options, ServerCertificates certificates)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
        kestrel.Listen(options.EndPoint, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                HandshakeTimeout = options.HandshakeTimeout,
                OnConnection = handshake =>
                {
                    var chain = new X509Certificate2Collection();
                    handshake.Connection.Items[HubRoutes.ClientChainKey] = chain;
                    return ValueTask.FromResult(HttpOptions(certificates, chain));
                },
            });
        });
    }

    private static SslServerAuthenticationOptions HttpOptions(ServerCertificates certificates, X509Certificate2Collection chain)
    {
        var options = TlsHandshake.Options(certificates, chain);
        options.ApplicationProtocols = [SslApplicationProtocol.Http11];
        return options;
    }

    private static async Task WriteMetricsAsync(HttpContext context, PrometheusExporter metrics)
    {
        context.Response.ContentType = PrometheusExporter.ContentType;
        metrics.Write(context.Response.BodyWriter);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private static Task NotFoundAsync(HttpContext context) => HttpErrors.WriteAsync(
        context, new HubError(HubErrorCode.GenericNotFound, $"There is no operation {context.Request.Method} {context.Request.Path}."));
}
