using System.CommandLine;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave invoke</c>: calls a method of a device and prints the answer.</summary>
internal sealed class InvokeCommand : ClientCommand
{
    private readonly IdentityArguments _identity = new();
    private readonly Argument<string> _method = new("METHOD") { Description = "The method's name." };
    private readonly Option<string?> _payload = new("--payload") { Description = "The payload: JSON, @FILE, or - for stdin.", HelpName = "JSON" };
    private readonly Option<TimeSpan?> _timeout = CommonOptions.Span("--timeout", "How long the device may take: 5s to 300s. Default 30s.");
    private readonly Option<TimeSpan?> _connectTimeout = CommonOptions.Span("--connect-timeout", "How long to wait for the device to connect: up to 300s. Default not at all.");

    public InvokeCommand(CliConsole console)
        : base(console, "invoke", "Call a method of a device or module.")
    {
        _identity.AddTo(this);
        Add(_method);
        Add(_payload);
        Add(_timeout);
        Add(_connectTimeout);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var request = new DirectMethodRequest
        {
            MethodName = call.Get(_method),
            Payload = call.Get(_payload) is { } text ? await InputText.ReadJsonAsync(text, "--payload", Console, cancellationToken) : default,
            ResponseTimeoutInSeconds = Seconds(call.Get(_timeout)),
            ConnectTimeoutInSeconds = Seconds(call.Get(_connectTimeout)),
        };
        var response = await call.Service.InvokeAsync(_identity.Read(call), request, cancellationToken);
        var payload = response.Payload.IsUndefined ? RawJson.Null : response.Payload;
        Console.WriteOne(
            call.Format,
            JsonLine.Of(json =>
            {
                json.WriteNumber("status", response.Status);
                json.WritePropertyName("payload");
                using var document = payload.ToDocument();
                document.RootElement.WriteTo(json);
            }),
            [("status", $"{response.Status}"), ("payload", JsonLine.Of(payload))]);
        return ExitCodes.Ok;
    }

    // The hub counts whole seconds.
    private static int? Seconds(TimeSpan? span) => span is { } value ? (int)Math.Ceiling(value.TotalSeconds) : null;
}
