using System.CommandLine;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave twin update</c>: merges a patch of tags and desired properties, or replaces them.</summary>
internal sealed class TwinUpdateCommand : ClientCommand
{
    private readonly IdentityArguments _identity = new();
    private readonly Argument<string?> _patch = new("PATCH")
    {
        Description = $"Such as {{\"tags\":{{…}},\"properties\":{{\"desired\":{{…}}}}}}: {InputText.Help}.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _desired = new("--desired") { Description = "A patch of the desired properties alone: JSON, or @FILE.", HelpName = "JSON" };
    private readonly Option<string?> _tags = new("--tags") { Description = "A patch of the tags alone: JSON, or @FILE.", HelpName = "JSON" };
    private readonly Option<bool> _replace = new("--replace") { Description = "Replace tags and desired properties in place of merging." };
    private readonly Option<string?> _etag = CommonOptions.ETag();

    public TwinUpdateCommand(CliConsole console)
        : base(console, "update", "Change tags and desired properties of a device or module.")
    {
        _identity.AddTo(this);
        Add(_patch);
        Add(_desired);
        Add(_tags);
        Add(_replace);
        Add(_etag);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var id = _identity.Read(call);
        var patch = await ReadAsync(call, cancellationToken);
        var twin = call.Get(_replace)
            ? await call.Service.ReplaceTwinAsync(id, patch, call.Get(_etag), cancellationToken)
            : await call.Service.PatchTwinAsync(id, patch, call.Get(_etag), cancellationToken);
        TwinView.Write(Console, call.Format, twin);
        return ExitCodes.Ok;
    }

    private async Task<RawJson> ReadAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var (desired, tags) = (call.Get(_desired), call.Get(_tags));
        if (desired is null && tags is null)
        {
            return await InputText.ReadJsonAsync(call.Get(_patch), "PATCH", Console, cancellationToken);
        }

        if (call.Get(_patch) is not null)
        {
            throw new CliException("Give either PATCH, or --desired and --tags.", ExitCodes.Usage);
        }

        var sections = new List<string>();
        if (tags is not null)
        {
            sections.Add($"\"tags\":{await InputText.ReadJsonAsync(tags, "--tags", Console, cancellationToken)}");
        }

        if (desired is not null)
        {
            sections.Add($"\"properties\":{{\"desired\":{await InputText.ReadJsonAsync(desired, "--desired", Console, cancellationToken)}}}");
        }

        return RawJson.Parse($"{{{string.Join(',', sections)}}}");
    }
}
