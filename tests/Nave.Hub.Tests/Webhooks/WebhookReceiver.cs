using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Nave.Testing;

namespace Nave.Hub.Tests.Webhooks;

/// <summary>A real web server that receives events, and answers as a test wants.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly HttpListener _listener;
    private readonly Func<Request, Task<Reply>> _answer;
    private readonly List<Request> _requests = [];
    private readonly Task _serving;

    private WebhookReceiver(HttpListener listener, string url, Func<Request, Task<Reply>> answer)
    {
        _listener = listener;
        Url = url;
        _answer = answer;
        _serving = Task.Run(ServeAsync);
    }

    public string Url { get; }

    /// <summary>Gets the events that came, handshakes left out.</summary>
    public IReadOnlyList<Request> Events
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests.Where(request => request.Kind == "Notification")];
            }
        }
    }

    public IReadOnlyList<Request> All
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>Starts one that says yes to every handshake, and answers events as is told.</summary>
    public static WebhookReceiver Start(Func<Request, int> status) => Start(request => Task.FromResult(request.Kind == "Notification"
        ? new Reply(status(request), "")
        : new Reply(200, request.Code is { } code ? new JsonObject { ["validationResponse"] = code }.ToJsonString() : "")));

    public static WebhookReceiver Start(Func<Request, Task<Reply>> answer)
    {
        while (true)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/");
            probe.Stop();
            var listener = new HttpListener { Prefixes = { url } };
            try
            {
                listener.Start();
                return new WebhookReceiver(listener, url + "hook?code=secret", answer);
            }
            catch (HttpListenerException)
            {
                listener.Close(); // Somebody else took the port.
            }
        }
    }

    public Task WaitForAsync(int count) => TestDeadline.UntilAsync(() => Events.Count >= count, $"{count} deliveries came");

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            _ = AnswerAsync(context);
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            using var reader = new StreamReader(context.Request.InputStream);
            var text = await reader.ReadToEndAsync();
            var headers = context.Request.Headers.AllKeys.ToDictionary(name => name!, name => context.Request.Headers[name]!, StringComparer.OrdinalIgnoreCase);
            var request = new Request(context.Request.HttpMethod, headers, text.Length > 0 ? JsonNode.Parse(text) : null);
            lock (_requests)
            {
                _requests.Add(request);
            }

            var reply = await _answer(request);
            context.Response.StatusCode = reply.Status;
            if (request.Method == "OPTIONS")
            {
                context.Response.Headers["WebHook-Allowed-Origin"] = reply.Origin ?? headers["WebHook-Request-Origin"];
            }

            if (reply.Location is not null)
            {
                context.Response.RedirectLocation = reply.Location;
            }

            await using (var writer = new StreamWriter(context.Response.OutputStream))
            {
                await writer.WriteAsync(reply.Body);
            }

            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or IOException or InvalidOperationException)
        {
            // The hub has gone.
        }
    }

    internal sealed record Request(string Method, Dictionary<string, string> Headers, JsonNode? Body)
    {
        public string? Kind => Headers.GetValueOrDefault("aeg-event-type");

        /// <summary>Gets the event, in either schema.</summary>
        public JsonNode Event => Body is JsonArray array ? array.Single()! : Body!;

        public string? Code => Kind == "SubscriptionValidation" ? (string?)Event["data"]!["validationCode"] : null;

        public string Type => (string)(Event["eventType"] ?? Event["type"])!;

        public string Subject => (string)Event["subject"]!;
    }

    internal sealed record Reply(int Status, string Body, string? Origin = null, string? Location = null);
}
