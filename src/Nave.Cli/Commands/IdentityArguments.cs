using System.CommandLine;
using Nave.Api;

namespace Nave.Cli.Commands;

/// <summary>The device, and perhaps its module, that a command is about.</summary>
internal sealed class IdentityArguments
{
    private readonly Argument<string> _device = new("DEVICE") { Description = "The device id." };
    private readonly Option<string?> _module = CommonOptions.Module();

    public void AddTo(Command command)
    {
        command.Add(_device);
        command.Add(_module);
    }

    /// <exception cref="CliException">An id has a character that none may have.</exception>
    public IdentityId Read(ClientCall call)
    {
        var id = new IdentityId(call.Get(_device), call.Get(_module));
        return IdentityRules.Check(id) is { } error ? throw new CliException(error.Message, ExitCodes.Usage) : id;
    }
}
