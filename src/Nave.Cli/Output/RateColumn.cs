using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Nave.Cli.Output;

/// <summary>How many a second, beside a progress bar.</summary>
internal sealed class RateColumn : ProgressColumn
{
    /// <inheritdoc/>
    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
        new Text(task.Speed is { } speed ? string.Create(CultureInfo.InvariantCulture, $"{speed:0}/s") : string.Empty);
}
