using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Nave.Fleet.Simulation.NetworkServers;

/// <summary>
/// An HTTP server with the device registry of a LoRaWAN network server in memory: it refuses what the real one refuses, and goes wrong
/// when it is told to. One for each API derives from it. Thread-safe: one request at a time is answered.
/// </summary>
public abstract class NetworkServer : IAsyncDisposable
{
    private const int MaxBodyBytes = 1 << 20;
    private const int MaxRecorded = 10_000;

    private readonly Lock _gate = new();
    private readonly List<NetworkServerFault> _faults = [];
    private readonly Dictionary<NetworkServerFault, int> _left = [];
    private readonly List<string> _requests = [];
    private WebApplication? _app;
    private Uri? _baseUri;
    private long _requestCount;

    /// <summary>Initializes the server; it does not run yet.</summary>
    /// <param name="time">The clock of its tokens.</param>
    protected NetworkServer(TimeProvider time) => Time = time;

    /// <summary>Gets the address once the server runs, such as <c>http://127.0.0.1:40123/</c>.</summary>
    public Uri BaseUri => _baseUri ?? throw new InvalidOperationException("The server does not run.");

    /// <summary>Gets how many requests it got.</summary>
    public long RequestCount => Interlocked.Read(ref _requestCount);

    /// <summary>Gets the first 10,000 requests since <see cref="ForgetRequests"/>, each such as <c>GET /api/devices?limit=10 200</c>.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (_gate)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>Gets the clock.</summary>
    protected TimeProvider Time { get; }

    /// <summary>Starts to listen on the loopback address.</summary>
    /// <param name="port">The port; 0 = any free one.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public async Task StartAsync(int port = 0, CancellationToken cancellationToken = default)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = MaxBodyBytes;
            options.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        _app = builder.Build();
        _app.Run(HandleAsync);
        await _app.StartAsync(cancellationToken).ConfigureAwait(false);
        _baseUri = new Uri(_app.Urls.First() + "/");
    }

    /// <summary>Lets something go wrong from now on, until it did so as often as the fault says.</summary>
    public void Inject(NetworkServerFault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        lock (_gate)
        {
            _faults.Add(fault);
            _left[fault] = fault.Count;
        }
    }

    /// <summary>Empties <see cref="Requests"/>.</summary>
    public void ForgetRequests()
    {
        lock (_gate)
        {
            _requests.Clear();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_app is { } app)
        {
            // Requests that are held do not keep a server from ending.
            using var now = new CancellationTokenSource(TimeSpan.Zero, TimeProvider.System);
            await app.StopAsync(now.Token).ConfigureAwait(false);
            await app.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Answers a request, one at a time.</summary>
    /// <param name="request">The request.</param>
    /// <param name="pageFault">How a list is to be spoiled, or <see langword="null"/>.</param>
    protected abstract NetworkServerAnswer Answer(NetworkServerRequest request, NetworkServerFaultKind? pageFault);

    /// <summary>Makes the answer to an error, in the API's form.</summary>
    protected abstract NetworkServerAnswer Refusal(int status, string message);

    /// <summary>Reads or changes the registry with no request under way.</summary>
    protected T Locked<T>(Func<T> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        lock (_gate)
        {
            return action();
        }
    }

    /// <summary>Takes a page of a list, or what a fault makes of it.</summary>
    /// <param name="items">The whole list, in order.</param>
    /// <param name="offset">The first item.</param>
    /// <param name="count">The length of the page.</param>
    /// <param name="fault">The fault, or <see langword="null"/>.</param>
    protected static IReadOnlyList<T> Page<T>(IReadOnlyList<T> items, long offset, long count, NetworkServerFaultKind? fault)
    {
        ArgumentNullException.ThrowIfNull(items);
        var start = fault == NetworkServerFaultKind.RepeatedPage ? 0 : (int)Math.Min(offset, items.Count);
        var end = (int)Math.Min(start + count, items.Count);
        return [.. items.Take(start..(fault == NetworkServerFaultKind.ShortPage ? start + ((end - start) / 2) : end))];
    }

    private static string? TokenOf(string? authorization) =>
        authorization?.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) == true ? authorization["Bearer ".Length..].Trim() : null;

    private async Task HandleAsync(HttpContext context)
    {
        Interlocked.Increment(ref _requestCount);
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted).ConfigureAwait(false);
        var request = new NetworkServerRequest(
            context.Request.Method, context.Request.Path.Value ?? "/", context.Request.Query, TokenOf(context.Request.Headers.Authorization), body.ToArray());
        NetworkServerFault? fault;
        NetworkServerAnswer answer;
        lock (_gate)
        {
            fault = TakeFault(request);
            answer = fault?.Kind switch
            {
                NetworkServerFaultKind.Status => Refuse(fault),
                NetworkServerFaultKind.Hold => NetworkServerAnswer.Empty(0),
                _ => Answer(request, fault?.Kind is NetworkServerFaultKind.ShortPage or NetworkServerFaultKind.RepeatedPage ? fault.Kind : null),
            };
            if (_requests.Count < MaxRecorded)
            {
                _requests.Add($"{request.Method} {request.Path}{context.Request.QueryString} {answer.Status}");
            }
        }

        if (fault?.Kind == NetworkServerFaultKind.Hold)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = answer.Body.Length;
        foreach (var (name, value) in answer.Headers)
        {
            context.Response.Headers[name] = value;
        }

        if (fault?.Kind == NetworkServerFaultKind.CutAnswer)
        {
            await context.Response.Body.WriteAsync(answer.Body.AsMemory(0, answer.Body.Length / 2), context.RequestAborted).ConfigureAwait(false);
            await context.Response.Body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
            context.Abort();
            return;
        }

        await context.Response.Body.WriteAsync(answer.Body, context.RequestAborted).ConfigureAwait(false);
    }

    private NetworkServerFault? TakeFault(NetworkServerRequest request)
    {
        if (_faults.Find(fault => fault.When(request)) is not { } found)
        {
            return null;
        }

        if (--_left[found] == 0)
        {
            _faults.Remove(found);
            _left.Remove(found);
        }

        return found;
    }

    private NetworkServerAnswer Refuse(NetworkServerFault fault)
    {
        var answer = fault.Body is { } body
            ? new NetworkServerAnswer(fault.Status, Encoding.UTF8.GetBytes(body))
            : Refusal(fault.Status, (fault.Status == 429 ? "too many requests " : "made to fail ") + fault.Echo);
        return fault.RetryAfter is { } wait
            ? answer with { Headers = [.. answer.Headers, new("Retry-After", ((int)wait.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture))] }
            : answer;
    }
}
