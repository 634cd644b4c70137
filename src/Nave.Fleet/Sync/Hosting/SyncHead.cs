using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nave.Fleet.Sync.Configuration;

namespace Nave.Fleet.Sync.Hosting;

/// <summary>The port of a serving process: webhook, façade, health and metrics.</summary>
internal sealed class SyncHead : IAsyncDisposable
{
    // More connections than Event Grid and a few callers ever have, and few enough for a small machine.
    private const int MaxConnections = 1000;

    private readonly WebApplication _application;

    private SyncHead(WebApplication application) => _application = application;

    /// <summary>Gets where it listens.</summary>
    public Uri Url => new(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Builds and binds.</summary>
    /// <param name="listener">Where.</param>
    /// <param name="serve">The certificate.</param>
    /// <param name="map">Adds the endpoints.</param>
    /// <param name="loggers">The log.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="IOException">The port may not be bound.</exception>
    /// <exception cref="SyncServerException">The certificate cannot be used.</exception>
    public static async Task<SyncHead> StartAsync(
        SyncListener listener, ServeSettings serve, Action<IEndpointRouteBuilder> map, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var certificate = listener.IsTls ? LoadCertificate(serve) : null;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<ILoggerFactory>(new WebLoggers(loggers));
        builder.Services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Limits.MaxRequestBodySize = EventGrid.EventGridParser.MaxBodyBytes + 1; // Endpoints say 413 themselves, as JSON.
            kestrel.Listen(listener.Address, listener.Port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                if (certificate is not null)
                {
                    listen.UseHttps(new TlsHandshakeCallbackOptions
                    {
                        OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
                        {
                            ServerCertificateContext = certificate,
                            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                            ApplicationProtocols = [SslApplicationProtocol.Http11],
                        }),
                    });
                }
            });
        });
        var application = builder.Build();
        application.UseRouting();
        map(application);
        application.MapFallback(context =>
            SyncHttp.ErrorAsync(context, StatusCodes.Status404NotFound, $"There is no operation {context.Request.Method} {context.Request.Path}."));
        try
        {
            await application.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return new SyncHead(application);
    }

    /// <summary>Takes no more requests, and lets those under way end.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _application.StopAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private static SslStreamCertificateContext LoadCertificate(ServeSettings serve)
    {
        var file = serve.Certificate!; // Checked with the listener.
        try
        {
            var certificate = X509Certificate2.CreateFromPemFile(file, serve.CertificateKey ?? file);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(file);

            // Offline: no intermediate is fetched while a client waits.
            return SslStreamCertificateContext.Create(certificate, chain, offline: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new SyncServerException([$"The certificate '{file}' cannot be used: {e.Message}"]);
        }
    }
}
