using System.CommandLine;
using System.Security.Cryptography;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave devices keys</c>: prints keys and connection string, after replacing keys if that is asked for.</summary>
internal sealed class DevicesKeysCommand : ClientCommand
{
    // As the hub makes them.
    private const int KeyBytes = 32;

    private readonly IdentityArguments _identity = new();
    private readonly Option<KeyChoice> _regenerate = CommonOptions.Choice("--regenerate", KeyChoice.None, "Make new keys: primary, secondary or both; or swap the two.");

    public DevicesKeysCommand(CliConsole console)
        : base(console, "keys", "Print the keys and the connection string of a device or module; make new keys.")
    {
        _identity.AddTo(this);
        Add(_regenerate);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var id = _identity.Read(call);
        var identity = await call.Service.GetDeviceAsync(id, cancellationToken) ?? throw CliException.NotFound(id);
        var choice = call.Get(_regenerate);
        if (choice != KeyChoice.None)
        {
            if (identity.Authentication is not { SymmetricKey: { } keys } authentication || authentication.EffectiveType != AuthenticationType.Sas)
            {
                throw new CliException($"'{id}' has no keys: it proves itself by certificate.");
            }

            var changed = identity with { Authentication = authentication with { SymmetricKey = Replace(keys, choice) } };
            identity = await call.Service.UpdateDeviceAsync(changed, identity.ETag, cancellationToken);
        }

        DeviceKeys.Of(call.Target.Connection.HostName, identity).Write(Console, call.Format);
        return ExitCodes.Ok;
    }

    private static SymmetricKeys Replace(SymmetricKeys keys, KeyChoice choice) => choice switch
    {
        KeyChoice.Primary => keys with { PrimaryKey = NewKey() },
        KeyChoice.Secondary => keys with { SecondaryKey = NewKey() },
        KeyChoice.Both => new SymmetricKeys { PrimaryKey = NewKey(), SecondaryKey = NewKey() },
        _ => new SymmetricKeys { PrimaryKey = keys.SecondaryKey, SecondaryKey = keys.PrimaryKey },
    };

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes));
}
