using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Nave.Fleet.Sync.Hosting;

/// <summary>Answers the commands of the same machine over a socket file; the file's rights say who may ask.</summary>
internal sealed class ControlHead : IAsyncDisposable
{
    private const int MaxBodyBytes = 16 * 1024 * 1024;

    private readonly WebApplication _application;
    private readonly string _path;

    private ControlHead(WebApplication application, string path)
    {
        _application = application;
        _path = path;
    }

    /// <summary>Builds and binds.</summary>
    /// <exception cref="IOException">The socket may not be bound.</exception>
    public static async Task<ControlHead> StartAsync(ISyncControl control, string path, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        ControlSocket.Prepare(path);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<ILoggerFactory>(new WebLoggers(loggers));
        builder.Services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.ListenUnixSocket(path);
        });
        var application = builder.Build();
        application.UseRouting();
        application.MapGet("/status", async context => await WriteAsync(
            context, await control.GetStatusAsync(context.RequestAborted).ConfigureAwait(false), SyncHostJson.Default.SyncStatus).ConfigureAwait(false));
        application.MapGet("/dead", async context => await WriteAsync(
            context, await control.GetDeadAsync(context.RequestAborted).ConfigureAwait(false), SyncHostJson.Default.IReadOnlyListSyncDeadLetter).ConfigureAwait(false));
        application.MapGet("/runs", async context => await WriteAsync(
            context, await control.GetRunsAsync(TopOf(context.Request), context.RequestAborted).ConfigureAwait(false), SyncHostJson.Default.IReadOnlyListSyncRun).ConfigureAwait(false));
        application.MapGet("/runs/{id}", async context =>
        {
            var id = (string)context.Request.RouteValues["id"]!; // The address has one.
            await (await control.GetRunAsync(id, context.RequestAborted).ConfigureAwait(false) is { } run
                ? WriteAsync(context, run, SyncHostJson.Default.SyncRun)
                : SyncHttp.ErrorAsync(context, StatusCodes.Status404NotFound, $"There is no run '{id}'.")).ConfigureAwait(false);
        });
        application.MapPost("/dead/retry", context => SelectAsync(context, control.RetryDeadAsync));
        application.MapPost("/dead/discard", context => SelectAsync(context, control.DiscardDeadAsync));
        try
        {
            await application.StartAsync(cancellationToken).ConfigureAwait(false);
            ControlSocket.Protect(path);
        }
        catch
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return new ControlHead(application, path);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _application.StopAsync(atOnce.Token).ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
        File.Delete(_path);
    }

    private static int TopOf(HttpRequest request) =>
        int.TryParse(request.Query["top"], NumberStyles.None, CultureInfo.InvariantCulture, out var top) && top is > 0 and <= 100_000 ? top : 20;

    private static async Task SelectAsync(HttpContext context, Func<DeadSelection, CancellationToken, Task<IReadOnlyList<string>>> act)
    {
        if (await SyncHttp.ReadBodyAsync(context, MaxBodyBytes).ConfigureAwait(false) is not { } body)
        {
            return;
        }

        DeadSelection? selection;
        try
        {
            selection = JsonSerializer.Deserialize(body, SyncHostJson.Default.DeadSelection);
        }
        catch (JsonException)
        {
            selection = null;
        }

        if (selection is null)
        {
            await SyncHttp.ErrorAsync(context, StatusCodes.Status400BadRequest, "The body is no selection.").ConfigureAwait(false);
            return;
        }

        await WriteAsync(context, await act(selection, context.RequestAborted).ConfigureAwait(false), SyncHostJson.Default.IReadOnlyListString).ConfigureAwait(false);
    }

    private static Task WriteAsync<T>(HttpContext context, T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(value, type), context.RequestAborted).AsTask();
    }
}
