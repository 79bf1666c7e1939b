<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
    <context>
        <name>Actions</name>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Change how it looks</source>
            <translation>更改外观与行为</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Check every record that has a checksum</source>
            <translation>检查每条带校验和的记录</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Close every module</source>
            <translation>折叠所有模块</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Close tab</source>
            <translation>关闭标签页</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Close the window</source>
            <translation>关闭窗口</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Close this tab</source>
            <translation>关闭此标签页</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Collapse all</source>
            <translation>全部折叠</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Colours</source>
            <translation>配色</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Compare</source>
            <translation>比较</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Compare two files by value</source>
            <translation>按数值比较两个文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Compare…</source>
            <translation>比较…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Copy a report as Markdown</source>
            <translation>以 Markdown 格式复制报告</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Copy as Python</source>
            <translation>复制为 Python 代码</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Copy every row in the tree</source>
            <translation>复制树中的所有行</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Copy key</source>
            <translation>复制键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Copy path</source>
            <translation>复制路径</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Copy report</source>
            <translation>复制报告</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Copy row</source>
            <translation>复制行</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Copy table</source>
            <translation>复制表格</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Copy the exact path</source>
            <translation>复制确切路径</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Copy the line that loads this tensor</source>
            <translation>复制加载此张量的代码</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Copy the selected key</source>
            <translation>复制选中的键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Copy the selected row, between tabs</source>
            <translation>复制所选行，以制表符分隔</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Dark colours</source>
            <translation>深色</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Dark text on white</source>
            <translation>白底深色文字</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Edit</source>
            <translation>编辑</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Everything, for programs</source>
            <translation>全部内容，供程序读取</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Exchange the two files</source>
            <translation>对调两个文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Expand all</source>
            <translation>全部展开</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Export copy…</source>
            <translation>导出副本…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>File</source>
            <translation>文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>File order</source>
            <translation>文件中的顺序</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Filter keys</source>
            <translation>筛选键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Filter the keys</source>
            <translation>筛选键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Find any key or command</source>
            <translation>查找任意键或命令</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Find next</source>
            <translation>查找下一个</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Find previous</source>
            <translation>查找上一个</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Follow the system's colours</source>
            <translation>跟随系统配色</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Go to key or command</source>
            <translation>转到键或命令</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Go to the key in sight before</source>
            <translation>转到可见的上一个键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Go to the next key in sight</source>
            <translation>转到可见的下一个键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Go to the next one</source>
            <translation>转到下一处</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Go to the next tab</source>
            <translation>转到下一个标签页</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Go to the one before</source>
            <translation>转到上一处</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Go to the tab before</source>
            <translation>转到上一个标签页</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Help</source>
            <translation>帮助</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Key mapping…</source>
            <translation>键映射…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Keyboard shortcuts</source>
            <translation>键盘快捷键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Light colours</source>
            <translation>浅色</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Light text on black</source>
            <translation>黑底浅色文字</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Next difference</source>
            <translation>下一处差异</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Next tab</source>
            <translation>下一个标签页</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>One line per tensor</source>
            <translation>每个张量一行</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>One page with pictures</source>
            <translation>一页图文报告</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Open a sharded set in a folder</source>
            <translation>打开文件夹中的分片模型</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Open checkpoint files</source>
            <translation>打开检查点文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Open every module</source>
            <translation>展开所有模块</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Open folder…</source>
            <translation>打开文件夹…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Open…</source>
            <translation>打开…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Order keys as in the file</source>
            <translation>按文件中的顺序排列键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Order keys by name, numbers by size</source>
            <translation>按名称排列键，数字按大小</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Overview</source>
            <translation>概览</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Previous difference</source>
            <translation>上一处差异</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Previous tab</source>
            <translation>上一个标签页</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Quit</source>
            <translation>退出</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Read the file again</source>
            <translation>重新读取文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Reload</source>
            <translation>重新载入</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Save report as CSV…</source>
            <translation>将报告保存为 CSV…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Save report as HTML…</source>
            <translation>将报告保存为 HTML…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Save report as JSON…</source>
            <translation>将报告保存为 JSON…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Save report as Markdown…</source>
            <translation>将报告保存为 Markdown…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Scan file</source>
            <translation>扫描文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>See and change which keys are paired</source>
            <translation>查看并修改键的配对</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Settings…</source>
            <translation>设置…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Show all keys</source>
            <translation>显示所有快捷键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Show the whole file</source>
            <translation>显示整个文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Sort by name</source>
            <translation>按名称排序</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Statistics of every tensor, in the tree</source>
            <translation>在树中显示每个张量的统计</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Swap A and B</source>
            <translation>对调 A 和 B</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>System colours</source>
            <translation>系统配色</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>To paste into an issue</source>
            <translation>便于粘贴到 issue 中</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Verify checksums…</source>
            <translation>验证校验和…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>View</source>
            <translation>视图</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Would B load into A?</source>
            <translation>B 能否加载到 A 中？</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>Write a copy for other devices, types or programs</source>
            <translation>为其他设备、数据类型或程序写出副本</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/actions.py" />
            <source>load_state_dict verdict</source>
            <translation>load_state_dict 判定</translation>
        </message>
    </context>
    <context>
        <name>AnswerPanel</name>
        <message>
            <location filename="../../inspector/ui/answer_panel.py" />
            <source>Reading…</source>
            <translation>正在读取…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/answer_panel.py" />
            <source>Reading… {} %</source>
            <translation>正在读取… {} %</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/answer_panel.py" />
            <source>This cannot be read: {}</source>
            <translation>无法读取：{}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/answer_panel.py" />
            <source>This cannot be shown.</source>
            <translation>无法显示。</translation>
        </message>
    </context>
    <context>
        <name>Banner</name>
        <message>
            <location filename="../../inspector/ui/banner.py" />
            <source>Dismiss</source>
            <translation>忽略</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/banner.py" />
            <source>Dismiss this message</source>
            <translation>关闭此消息</translation>
        </message>
    </context>
    <context>
        <name>BarsPlot</name>
        <message>
            <location filename="../../inspector/ui/compare_bars.py" />
            <source>count</source>
            <translation>计数</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_bars.py" />
            <source>{} to {}:  {}</source>
            <translation>{} 至 {}：  {}</translation>
        </message>
    </context>
    <context>
        <name>ChangePlot</name>
        <message>
            <location filename="../../inspector/ui/compare_depth.py" />
            <source>Relative change through the depth of the network</source>
            <translation>沿网络深度的相对变化</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_depth.py" />
            <source>relative L2 change</source>
            <translation>相对 L2 变化</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_depth.py" />
            <source>{} tensors. Left and Right walk along them, Enter opens one.</source>
            <translation>共 {} 个张量。左右键逐个移动，回车键打开。</translation>
        </message>
    </context>
    <context>
        <name>CheckpointPage</name>
        <message>
            <location filename="../../inspector/ui/checkpoint_page.py" />
            <source>A shard cannot be read, so its tensors are not listed: {}</source>
            <translation>有一个分片无法读取，其中的张量未列出：{}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/checkpoint_page.py" />
            <source>Copy as Python</source>
            <translation>复制为 Python 代码</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/checkpoint_page.py" />
            <source>Copy path</source>
            <translation>复制路径</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/checkpoint_page.py" />
            <source>Filter:  name   dtype:bfloat16   device:cuda   shape:768   size:&gt;10MB   has:nan</source>
            <translation>筛选：  名称   dtype:bfloat16   device:cuda   shape:768   size:&gt;10MB   has:nan</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/checkpoint_page.py" />
            <source>Go to the first</source>
            <translation>转到第一个</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/checkpoint_page.py" />
            <source>Reload</source>
            <translation>重新载入</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/checkpoint_page.py" />
            <source>The file changed on disk since it was opened. This is the earlier version.</source>
            <translation>文件打开后在磁盘上已被更改。此处显示的是更改前的版本。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/checkpoint_page.py" />
            <source>The file is gone from the disk.</source>
            <translation>文件已不在磁盘上。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/checkpoint_page.py" />
            <source>{} shards cannot be read, so their tensors are not listed: {}, …</source>
            <translation>{} 个分片无法读取，其中的张量未列出：{}，…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/checkpoint_page.py" />
            <source>{} tensor is damaged.</source>
            <translation>{} 个张量已损坏。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/checkpoint_page.py" />
            <source>{} tensors are damaged.</source>
            <translation>{} 个张量已损坏。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/checkpoint_page.py" />
            <source>{}, scan unfinished (F6)</source>
            <translation>{}，扫描未完成 (F6)</translation>
        </message>
    </context>
    <context>
        <name>CommandPalette</name>
        <message>
            <location filename="../../inspector/ui/command_palette.py" />
            <source>Answers</source>
            <translation>结果</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/command_palette.py" />
            <source>Go to key or command</source>
            <translation>转到键或命令</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/command_palette.py" />
            <source>Nothing answers to that</source>
            <translation>没有匹配的结果</translation>
        </message>
    </context>
    <context>
        <name>CompareFacts</name>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>Copy figures</source>
            <translation>复制数值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>Go to the largest difference at {}</source>
            <translation>转到最大差异处 {}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>Inf appeared</source>
            <translation>新出现 Inf</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>Inf vanished</source>
            <translation>Inf 消失</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>L2 norm</source>
            <translation>L2 范数</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>NaN appeared</source>
            <translation>新出现 NaN</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>NaN vanished</source>
            <translation>NaN 消失</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>RMS of Δ</source>
            <translation>Δ 的均方根</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>bytes</source>
            <translation>字节数</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>changed</source>
            <translation>已改变</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>cosine</source>
            <translation>余弦</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>device</source>
            <translation>设备</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>dtype</source>
            <translation>数据类型</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>largest at</source>
            <translation>最大处</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>layout</source>
            <translation>布局</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>max</source>
            <translation>最大值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>max |Δ|</source>
            <translation>最大 |Δ|</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>mean</source>
            <translation>均值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>mean |Δ|</source>
            <translation>平均 |Δ|</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>min</source>
            <translation>最小值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>no device</source>
            <translation>无设备</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>not there</source>
            <translation>不存在</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>relative L2</source>
            <translation>相对 L2</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>shape</source>
            <translation>形状</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>std</source>
            <translation>标准差</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>zeros</source>
            <translation>零值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_facts.py" />
            <source>{} of {} ({})</source>
            <translation>{} / {} ({})</translation>
        </message>
    </context>
    <context>
        <name>CompareHeader</name>
        <message>
            <location filename="../../inspector/ui/compare_header.py" />
            <source>Cancel</source>
            <translation>取消</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_header.py" />
            <source>Compare again</source>
            <translation>重新比较</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_header.py" />
            <source>Comparing values…</source>
            <translation>正在比较数值…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_header.py" />
            <source>Go to {}</source>
            <translation>转到 {}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_header.py" />
            <source>How keys of A were matched to keys of B</source>
            <translation>A 的键如何与 B 的键配对</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_header.py" />
            <source>Pair keys by hand…</source>
            <translation>手动配对键…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_header.py" />
            <source>Progress of the comparison</source>
            <translation>比较进度</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_header.py" />
            <source>Show only what is {}</source>
            <translation>只显示“{}”的项</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_header.py" />
            <source>Summary of the comparison</source>
            <translation>比较摘要</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_header.py" />
            <source>Swap A and B</source>
            <translation>对调 A 和 B</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_header.py" />
            <source>Values that differ</source>
            <translation>不同的数值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_header.py" />
            <source>Would B's state_dict load into A's model?</source>
            <translation>B 的 state_dict 能否加载到 A 的模型中？</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_header.py" />
            <source>load_state_dict(strict): {}</source>
            <translation>load_state_dict(strict)：{}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_header.py" />
            <source>ok</source>
            <translation>可以加载</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_header.py" />
            <source>{} match suggested</source>
            <translation>建议 {} 处配对</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_header.py" />
            <source>{} matches suggested</source>
            <translation>建议 {} 处配对</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_header.py" />
            <source>{} problem</source>
            <translation>{} 个问题</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_header.py" />
            <source>{} problems</source>
            <translation>{} 个问题</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_header.py" />
            <source>{} value differs</source>
            <translation>{} 个值不同</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_header.py" />
            <source>{} values differ</source>
            <translation>{} 个值不同</translation>
        </message>
    </context>
    <context>
        <name>CompareHistograms</name>
        <message>
            <location filename="../../inspector/ui/compare_histograms.py" />
            <source>B − A</source>
            <translation>B − A</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_histograms.py" />
            <source>Histogram of the difference</source>
            <translation>差异的直方图</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_histograms.py" />
            <source>Histograms of A and B</source>
            <translation>A 和 B 的直方图</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_histograms.py" />
            <source>Log counts</source>
            <translation>计数取对数</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_histograms.py" />
            <source>No finite value differs.</source>
            <translation>没有不同的有限值。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_histograms.py" />
            <source>Only one of the two files has it.</source>
            <translation>两个文件中只有一个含有它。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_histograms.py" />
            <source>The shapes differ: there is no difference to plot.</source>
            <translation>形状不同：没有可绘制的差异。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_histograms.py" />
            <source>value (shared bins)</source>
            <translation>值（共用分箱）</translation>
        </message>
    </context>
    <context>
        <name>CompareModel</name>
        <message>
            <location filename="../../inspector/ui/compare_model.py" />
            <source>Change</source>
            <translation>变化</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_model.py" />
            <source>Device</source>
            <translation>设备</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_model.py" />
            <source>Dtype</source>
            <translation>数据类型</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_model.py" />
            <source>Name</source>
            <translation>名称</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_model.py" />
            <source>Shape</source>
            <translation>形状</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_model.py" />
            <source>Status</source>
            <translation>状态</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_model.py" />
            <source>changed</source>
            <translation>已改变</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_model.py" />
            <source>cosine</source>
            <translation>余弦</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_model.py" />
            <source>largest difference at {}</source>
            <translation>最大差异位于 {}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_model.py" />
            <source>max |Δ|</source>
            <translation>最大 |Δ|</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_model.py" />
            <source>mixed</source>
            <translation>混合</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_model.py" />
            <source>relative L2</source>
            <translation>相对 L2</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_model.py" />
            <source>{} of {}</source>
            <translation>{} / {}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_model.py" />
            <source>{}, same values</source>
            <translation>{}，数值相同</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_model.py" />
            <source>… {} to compare</source>
            <translation>… {} 项待比较</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_model.py" />
            <source>⚠ tensors in which NaN or Inf appeared: {}</source>
            <translation>⚠ 出现 NaN 或 Inf 的张量：{}</translation>
        </message>
    </context>
    <context>
        <name>CompareOverview</name>
        <message>
            <location filename="../../inspector/ui/compare_overview.py" />
            <source>A → B</source>
            <translation>A → B</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_overview.py" />
            <source>Go to it</source>
            <translation>转到该处</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_overview.py" />
            <source>Largest relative changes</source>
            <translation>相对变化最大的张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_overview.py" />
            <source>NaN or Inf appeared</source>
            <translation>出现了 NaN 或 Inf</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_overview.py" />
            <source>No tensor here is in both files, readable and of one shape</source>
            <translation>此处没有两个文件共有、可读且形状相同的张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_overview.py" />
            <source>Relative change through the depth of the network</source>
            <translation>沿网络深度的相对变化</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_overview.py" />
            <source>Values that differ</source>
            <translation>不同的数值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_overview.py" />
            <source>max |Δ|</source>
            <translation>最大 |Δ|</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_overview.py" />
            <source>relative L2</source>
            <translation>相对 L2</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_overview.py" />
            <source>{} tensor compared, no value differs</source>
            <translation>已比较 {} 个张量，没有值不同</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_overview.py" />
            <source>{} tensors compared, no value differs</source>
            <translation>已比较 {} 个张量，没有值不同</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_overview.py" />
            <source>▲ all zero in A, or NaN: the change is no finite number</source>
            <translation>▲ A 中全为零，或有 NaN：变化不是有限数</translation>
        </message>
    </context>
    <context>
        <name>ComparePage</name>
        <message>
            <location filename="../../inspector/ui/compare_page.py" />
            <source>A file changed on disk since it was opened. This is the earlier version.</source>
            <translation>有文件在打开后被更改。此处显示的是更改前的版本。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_page.py" />
            <source>A report needs a finished comparison</source>
            <translation>比较完成后才能生成报告</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_page.py" />
            <source>Compare anew</source>
            <translation>重新比较</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_page.py" />
            <source>Compared {}</source>
            <translation>已比较 {}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_page.py" />
            <source>Filter:  name   status:changed   rel:&gt;0.01   max:&gt;1e-3   dtype:float16</source>
            <translation>筛选：  名称   status:changed   rel:&gt;0.01   max:&gt;1e-3   dtype:float16</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_page.py" />
            <source>Largest relative change:</source>
            <translation>相对变化最大：</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_page.py" />
            <source>NaN or Inf appeared in {} tensor.</source>
            <translation>{} 个张量中出现了 NaN 或 Inf。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_page.py" />
            <source>NaN or Inf appeared in {} tensors.</source>
            <translation>{} 个张量中出现了 NaN 或 Inf。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_page.py" />
            <source>No differences above</source>
            <translation>上方没有差异</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_page.py" />
            <source>No more differences below</source>
            <translation>下方没有更多差异</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_page.py" />
            <source>No tensor changed.</source>
            <translation>没有张量改变。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_page.py" />
            <source>No tensor could be compared.</source>
            <translation>没有可比较的张量。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_page.py" />
            <source>No tensor in both files changed.</source>
            <translation>两个文件共有的张量均无变化。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_page.py" />
            <source>Stopped. {} tensor is not compared.</source>
            <translation>已停止。还有 {} 个张量未比较。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_page.py" />
            <source>Stopped. {} tensors are not compared.</source>
            <translation>已停止。还有 {} 个张量未比较。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_page.py" />
            <source>Tolerance</source>
            <translation>容差</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_page.py" />
            <source>Tolerance: exact</source>
            <translation>容差：精确</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_page.py" />
            <source>Up to which difference values count as close: 1e-6, or rel=1e-5,abs=1e-8.
|a − b| ≤ abs + rel · max(|a|, |b|)</source>
            <translation>差异不超过多少时视为接近：1e-6，或 rel=1e-5,abs=1e-8。
|a − b| ≤ abs + rel · max(|a|, |b|)</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_page.py" />
            <source>{} tensor</source>
            <translation>{} 个张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_page.py" />
            <source>{} tensors</source>
            <translation>{} 个张量</translation>
        </message>
    </context>
    <context>
        <name>ComparePictures</name>
        <message>
            <location filename="../../inspector/ui/compare_pictures.py" />
            <source>B − A</source>
            <translation>B − A</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_pictures.py" />
            <source>Picture of {}</source>
            <translation>{} 的图像</translation>
        </message>
    </context>
    <context>
        <name>CompareSelection</name>
        <message>
            <location filename="../../inspector/ui/compare_selection.py" />
            <source>(the saved object)</source>
            <translation>（保存的对象）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_selection.py" />
            <source>A against B</source>
            <translation>A 对 B</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_selection.py" />
            <source>Difference</source>
            <translation>差异</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_selection.py" />
            <source>Histograms</source>
            <translation>直方图</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_selection.py" />
            <source>Picture</source>
            <translation>图像</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_selection.py" />
            <source>Type</source>
            <translation>类型</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_selection.py" />
            <source>Values</source>
            <translation>数值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_selection.py" />
            <source>Views of the selected pair</source>
            <translation>选中的一对张量的视图</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_selection.py" />
            <source>no device</source>
            <translation>无设备</translation>
        </message>
    </context>
    <context>
        <name>CompareTable</name>
        <message>
            <location filename="../../inspector/ui/compare_table.py" />
            <source>Figures of A, B and the difference</source>
            <translation>A、B 及其差异的数值</translation>
        </message>
    </context>
    <context>
        <name>CompareValues</name>
        <message>
            <location filename="../../inspector/ui/compare_values.py" />
            <source>Both sides are needed, of one shape.</source>
            <translation>需要两侧都有且形状相同。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_values.py" />
            <source>Largest difference</source>
            <translation>最大差异</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_values.py" />
            <source>Values of A</source>
            <translation>A 的数值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_values.py" />
            <source>Values of B</source>
            <translation>B 的数值</translation>
        </message>
    </context>
    <context>
        <name>CompareView</name>
        <message>
            <location filename="../../inspector/ui/compare_view.py" />
            <source>Differences between A and B</source>
            <translation>A 与 B 的差异</translation>
        </message>
    </context>
    <context>
        <name>Comparing</name>
        <message>
            <location filename="../../inspector/ui/comparing.py" />
            <source>Another file…</source>
            <translation>其他文件…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/comparing.py" />
            <source>Choose two files to compare</source>
            <translation>选择要比较的两个文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/comparing.py" />
            <source>Compare them</source>
            <translation>比较它们</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/comparing.py" />
            <source>Compare {} with</source>
            <translation>将 {} 与以下文件比较</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/comparing.py" />
            <source>{} and {} were opened together.</source>
            <translation>{} 和 {} 是一起打开的。</translation>
        </message>
    </context>
    <context>
        <name>DepthPlot</name>
        <message>
            <location filename="../../inspector/ui/depth_plot.py" />
            <source>Weights by layer</source>
            <translation>各层权重</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/depth_plot.py" />
            <source>{count} layers. Left and Right walk along them, Enter opens one.</source>
            <translation>共 {count} 层。左右键逐层移动，回车键打开。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/depth_plot.py" />
            <source>{key}: 1 % {low}, median {median}, 99 % {high}, std {std}</source>
            <translation>{key}：1 % {low}，中位数 {median}，99 % {high}，标准差 {std}</translation>
        </message>
    </context>
    <context>
        <name>DeviceChoices</name>
        <message>
            <location filename="../../inspector/ui/export_devices.py" />
            <source>Another device for some keys</source>
            <translation>为部分键指定其他设备</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_devices.py" />
            <source>Device for what is on {}</source>
            <translation>{} 上的内容改到哪个设备</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_devices.py" />
            <source>Device of these keys</source>
            <translation>这些键的设备</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_devices.py" />
            <source>Devices</source>
            <translation>设备</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_devices.py" />
            <source>One device for everything</source>
            <translation>全部使用同一设备</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_devices.py" />
            <source>Pattern of keys</source>
            <translation>键的模式</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_devices.py" />
            <source>The file names no device; a torch file does.</source>
            <translation>该文件不记录设备；torch 文件才会记录。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_devices.py" />
            <source>What the file names now ({}) is dropped.</source>
            <translation>文件现在记录的设备（{}）会被丢弃。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_devices.py" />
            <source>all to</source>
            <translation>全部改到</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_devices.py" />
            <source>as they are</source>
            <translation>保持不变</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_devices.py" />
            <source>choose</source>
            <translation>选择</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_devices.py" />
            <source>keys, such as optimizer*</source>
            <translation>键，例如 optimizer*</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_devices.py" />
            <source>none</source>
            <translation>无</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_devices.py" />
            <source>safetensors keeps no device: whoever loads the copy chooses it.</source>
            <translation>safetensors 不保存设备：加载副本时再选择。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_devices.py" />
            <source>torch.set_rng_state and Adam want them there, whatever the model does</source>
            <translation>无论模型在哪里，torch.set_rng_state 和 Adam 都要求它们在 CPU 上</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_devices.py" />
            <source>{} RNG state or step counter stays on the CPU</source>
            <translation>{} 个随机数状态或步数计数器留在 CPU 上</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_devices.py" />
            <source>{} RNG states and step counters stay on the CPU</source>
            <translation>{} 个随机数状态或步数计数器留在 CPU 上</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_devices.py" />
            <source>{} more devices stay as they are, unless a pattern names their keys.</source>
            <translation>另外 {} 个设备保持不变，除非有模式匹配其键。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_devices.py" />
            <source>{} tensor</source>
            <translation>{} 个张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_devices.py" />
            <source>{} tensors</source>
            <translation>{} 个张量</translation>
        </message>
    </context>
    <context>
        <name>DropHalves</name>
        <message>
            <location filename="../../inspector/ui/drop_halves.py" />
            <source>Compare as A</source>
            <translation>作为 A 比较</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/drop_halves.py" />
            <source>Compare as B</source>
            <translation>作为 B 比较</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/drop_halves.py" />
            <source>Drop to compare</source>
            <translation>放下即可比较</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/drop_halves.py" />
            <source>Open in a tab of its own</source>
            <translation>在单独的标签页中打开</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/drop_halves.py" />
            <source>{} is A</source>
            <translation>{} 为 A</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/drop_halves.py" />
            <source>{} is B</source>
            <translation>{} 为 B</translation>
        </message>
    </context>
    <context>
        <name>EmptyPage</name>
        <message>
            <location filename="../../inspector/ui/empty_page.py" />
            <source>Drop files or a model folder anywhere in this window: .pt, .pth, .bin, .ckpt, .safetensors, sharded sets.
Nothing in a file is ever executed.</source>
            <translation>将文件或模型文件夹拖放到窗口任意位置：.pt、.pth、.bin、.ckpt、.safetensors、分片模型。
绝不会执行文件中的任何代码。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/empty_page.py" />
            <source>Open a PyTorch checkpoint</source>
            <translation>打开 PyTorch 检查点</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/empty_page.py" />
            <source>Open…</source>
            <translation>打开…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/empty_page.py" />
            <source>Recent files</source>
            <translation>最近打开的文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/empty_page.py" />
            <source>missing</source>
            <translation>已不存在</translation>
        </message>
    </context>
    <context>
        <name>ErrorPage</name>
        <message>
            <location filename="../../inspector/ui/error_page.py" />
            <source>Check that it is still there and may be read, then try again</source>
            <translation>请确认文件仍在且可读取，然后重试</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/error_page.py" />
            <source>Check that the file is complete, then try again</source>
            <translation>请确认文件完整，然后重试</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/error_page.py" />
            <source>Copy details</source>
            <translation>复制详细信息</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/error_page.py" />
            <source>This file cannot be opened</source>
            <translation>无法打开此文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/error_page.py" />
            <source>Try again</source>
            <translation>重试</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/error_page.py" />
            <source>Where: {}</source>
            <translation>位置：{}</translation>
        </message>
    </context>
    <context>
        <name>ExportBar</name>
        <message>
            <location filename="../../inspector/ui/export_bar.py" />
            <source>Cancel</source>
            <translation>取消</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_bar.py" />
            <source>Close</source>
            <translation>关闭</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_bar.py" />
            <source>Progress</source>
            <translation>进度</translation>
        </message>
    </context>
    <context>
        <name>ExportChoices</name>
        <message>
            <location filename="../../inspector/ui/export_choices.py" />
            <source>A state_dict that torch.load(weights_only=True) takes, no class needed.</source>
            <translation>torch.load(weights_only=True) 可加载的 state_dict，不需要任何类。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_choices.py" />
            <source>A {} cannot be patched; its weights can be written anew.</source>
            <translation>无法就地修改 {}；可以重新写出其权重。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_choices.py" />
            <source>Only device tags change; every other byte stays.</source>
            <translation>只更改设备标记，其余字节保持不变。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_choices.py" />
            <source>Some tensors are damaged or cut off; those that are whole can go.</source>
            <translation>部分张量已损坏或被截断；完整的张量可以导出。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_choices.py" />
            <source>Tensors alone: no devices, no shared storages, no values.</source>
            <translation>只含张量：不含设备、共享存储和普通值。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_choices.py" />
            <source>Tensors only, as safetensors</source>
            <translation>仅张量，safetensors 格式</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_choices.py" />
            <source>Tensors only, for torch</source>
            <translation>仅张量，torch 格式</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_choices.py" />
            <source>The whole file, on other devices</source>
            <translation>整个文件，改到其他设备</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_choices.py" />
            <source>Types, names and values stay as they are in a copy of the whole file.</source>
            <translation>复制整个文件时，数据类型、名称和值保持不变。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_choices.py" />
            <source>safetensors files name no device that could change.</source>
            <translation>safetensors 文件不记录设备，无可更改。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_choices.py" />
            <source>⚠ The file names {}, which no model needs; so would the copy.</source>
            <translation>⚠ 文件引用了模型并不需要的 {}；副本也会如此。</translation>
        </message>
    </context>
    <context>
        <name>ExportDialog</name>
        <message>
            <location filename="../../inspector/ui/export_dialog.py" />
            <source>A copy is being written. Stop it? Nothing of it will be left.</source>
            <translation>正在写出副本。要停止吗？不会留下任何残余。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_dialog.py" />
            <source>A file of this name is there already.</source>
            <translation>同名文件已存在。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_dialog.py" />
            <source>Export</source>
            <translation>导出</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_dialog.py" />
            <source>Export a copy of {}</source>
            <translation>导出 {} 的副本</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_dialog.py" />
            <source>Go on writing</source>
            <translation>继续写出</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_dialog.py" />
            <source>Reading it back and comparing: {} of {}</source>
            <translation>正在读回并比较：{} / {}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_dialog.py" />
            <source>Stop writing</source>
            <translation>停止写出</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_dialog.py" />
            <source>Stopped. Nothing was written.</source>
            <translation>已停止。没有写出任何内容。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_dialog.py" />
            <source>Stopping…</source>
            <translation>正在停止…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_dialog.py" />
            <source>To copy the whole file, allow the names it holds.</source>
            <translation>要复制整个文件，请允许其中引用的名称。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_dialog.py" />
            <source>Working out what will change…</source>
            <translation>正在计算将发生的更改…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_dialog.py" />
            <source>Writing: {} of {}</source>
            <translation>正在写出：{} / {}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_dialog.py" />
            <source>Writing…</source>
            <translation>正在写出…</translation>
        </message>
    </context>
    <context>
        <name>ExportPreview</name>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>Changes</source>
            <translation>更改</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>Copy it with these names all the same</source>
            <translation>仍然连同这些名称一起复制</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>Devices</source>
            <translation>设备</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>In the copy</source>
            <translation>副本中</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>Key</source>
            <translation>键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>Left out</source>
            <translation>未包含</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>Lists of what the export does</source>
            <translation>导出内容列表</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>Looking at the file…</source>
            <translation>正在查看文件…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>Lost by the cast</source>
            <translation>转换损失</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>Name</source>
            <translation>名称</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>Now</source>
            <translation>现在</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>Of {} values: {}.</source>
            <translation>{} 个值中：{}。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>Rounded</source>
            <translation>被舍入</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>Still named</source>
            <translation>仍被引用</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>Tensor</source>
            <translation>张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>The file names what no model needs: {}. A copy of the whole file still would, and torch.load(weights_only=False) would run it. A copy of the tensors only is safe.</source>
            <translation>文件引用了模型不需要的内容：{}。整个文件的副本仍会引用它，torch.load(weights_only=False) 会运行它。仅含张量的副本是安全的。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>There is not enough room: {} are needed, {} are free.</source>
            <translation>空间不足：需要 {}，可用 {}。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>To zero</source>
            <translation>变为零</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>Too large</source>
            <translation>超出范围</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>Types</source>
            <translation>数据类型</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>What</source>
            <translation>内容</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>What will be written</source>
            <translation>将写出的内容</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>Why</source>
            <translation>原因</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>class</source>
            <translation>类</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>device</source>
            <translation>设备</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>name</source>
            <translation>名称</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>new file</source>
            <translation>新文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>no class of a model</source>
            <translation>不是模型的类</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>none</source>
            <translation>无</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>none changed</source>
            <translation>没有改变</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>re-mapped copy</source>
            <translation>重映射的副本</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>sharing</source>
            <translation>共享</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>type</source>
            <translation>类型</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>{} files</source>
            <translation>{} 个文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>{} free</source>
            <translation>可用 {}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>{} of {} tensors</source>
            <translation>{} / {} 个张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>{} rounded</source>
            <translation>{} 个被舍入</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>{} tensor</source>
            <translation>{} 个张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>{} tensors</source>
            <translation>{} 个张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>{} too large for the new type</source>
            <translation>{} 个超出新类型的范围</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>{} turned to zero</source>
            <translation>{} 个变为零</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_preview.py" />
            <source>… and {} more</source>
            <translation>… 还有 {} 项</translation>
        </message>
    </context>
    <context>
        <name>ExportReportPage</name>
        <message>
            <location filename="../../inspector/ui/export_report_page.py" />
            <source> and more</source>
            <translation> 等</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_report_page.py" />
            <source>Another copy</source>
            <translation>再导出一份</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_report_page.py" />
            <source>Close</source>
            <translation>关闭</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_report_page.py" />
            <source>Compared</source>
            <translation>已核对</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_report_page.py" />
            <source>Copy loading code</source>
            <translation>复制加载代码</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_report_page.py" />
            <source>Left out</source>
            <translation>未包含</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_report_page.py" />
            <source>Load the copy with real torch in a process of its own and compare</source>
            <translation>在单独的进程中用真正的 torch 加载副本并比较</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_report_page.py" />
            <source>Note</source>
            <translation>备注</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_report_page.py" />
            <source>Open the copy</source>
            <translation>打开副本</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_report_page.py" />
            <source>Prove with torch</source>
            <translation>用 torch 验证</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_report_page.py" />
            <source>Python that loads the copy</source>
            <translation>加载副本的 Python 代码</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_report_page.py" />
            <source>Show in folder</source>
            <translation>在文件夹中显示</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_report_page.py" />
            <source>Stop the proof</source>
            <translation>停止验证</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_report_page.py" />
            <source>The copy is written</source>
            <translation>副本已写出</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_report_page.py" />
            <source>The proof was stopped.</source>
            <translation>验证已停止。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_report_page.py" />
            <source>To load it</source>
            <translation>加载方式</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_report_page.py" />
            <source>Written</source>
            <translation>已写出</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_report_page.py" />
            <source>torch is loading the copy in a process of its own…</source>
            <translation>torch 正在单独的进程中加载副本…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_report_page.py" />
            <source>{:.1f} s</source>
            <translation>{:.1f} 秒</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_report_page.py" />
            <source>{} file</source>
            <translation>{} 个文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_report_page.py" />
            <source>{} files</source>
            <translation>{} 个文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_report_page.py" />
            <source>{} tensor, read back and equal to the source in every bit</source>
            <translation>{} 个张量，已读回，与源文件逐位相同</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_report_page.py" />
            <source>{} tensor, read back and equal to the source, cast as asked</source>
            <translation>{} 个张量，已读回，与按要求转换后的源文件相同</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_report_page.py" />
            <source>{} tensors, read back and equal to the source in every bit</source>
            <translation>{} 个张量，已读回，与源文件逐位相同</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_report_page.py" />
            <source>{} tensors, read back and equal to the source, cast as asked</source>
            <translation>{} 个张量，已读回，与按要求转换后的源文件相同</translation>
        </message>
    </context>
    <context>
        <name>ExportTarget</name>
        <message>
            <location filename="../../inspector/ui/export_target.py" />
            <source>All files (*)</source>
            <translation>所有文件 (*)</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_target.py" />
            <source>Choose…</source>
            <translation>选择…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_target.py" />
            <source>Path of the copy</source>
            <translation>副本的路径</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_target.py" />
            <source>Remove {} unfinished copies that interrupted exports left in this folder</source>
            <translation>删除中断的导出在此文件夹中留下的 {} 个未完成副本</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_target.py" />
            <source>Remove {} unfinished copy that an interrupted export left in this folder</source>
            <translation>删除中断的导出在此文件夹中留下的 {} 个未完成副本</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_target.py" />
            <source>Replace the file of this name that is there already</source>
            <translation>替换已存在的同名文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_target.py" />
            <source>Replace the {} files of these names that are there already</source>
            <translation>替换已存在的 {} 个同名文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_target.py" />
            <source>Write the copy to</source>
            <translation>将副本写到</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_target.py" />
            <source>Write to</source>
            <translation>写到</translation>
        </message>
    </context>
    <context>
        <name>FactsPanel</name>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Bytes</source>
            <translation>字节数</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Class</source>
            <translation>类</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Copy</source>
            <translation>复制</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Copy as Python</source>
            <translation>复制为 Python 代码</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Copy key</source>
            <translation>复制键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Copy path</source>
            <translation>复制路径</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Copy value</source>
            <translation>复制值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Device</source>
            <translation>设备</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Dtype</source>
            <translation>数据类型</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Elements</source>
            <translation>元素数</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Facts</source>
            <translation>属性</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>In state_dict</source>
            <translation>属于 state_dict</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Key</source>
            <translation>键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Layout</source>
            <translation>布局</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Lazy bits</source>
            <translation>惰性标志位</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Offset</source>
            <translation>偏移</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Path</source>
            <translation>路径</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Problem</source>
            <translation>问题</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Python</source>
            <translation>Python</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Quantization</source>
            <translation>量化</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Requires grad</source>
            <translation>需要梯度</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Shape</source>
            <translation>形状</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Shared with</source>
            <translation>共享存储的张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>State of</source>
            <translation>所属参数</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Storage</source>
            <translation>存储</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Stride</source>
            <translation>步长</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Type</source>
            <translation>类型</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>Value</source>
            <translation>值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>a strided view</source>
            <translation>非连续视图</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>contiguous</source>
            <translation>连续</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>element {}</source>
            <translation>第 {} 个元素</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>no</source>
            <translation>否</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>no bytes in the file</source>
            <translation>文件中没有数据</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>no other tensor</source>
            <translation>无其他张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>yes</source>
            <translation>是</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>{}, along axis {}</source>
            <translation>{}，沿轴 {}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>{}, scale {}, zero point {}</source>
            <translation>{}，缩放因子 {}，零点 {}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>— (the format holds none)</source>
            <translation>—（该格式不记录）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/facts_panel.py" />
            <source>… and {} more</source>
            <translation>… 还有 {} 项</translation>
        </message>
    </context>
    <context>
        <name>Figures</name>
        <message>
            <location filename="../../inspector/ui/figures.py" />
            <source>contiguous</source>
            <translation>连续</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/figures.py" />
            <source>no data in the file</source>
            <translation>文件中没有数据</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/figures.py" />
            <source>scalar</source>
            <translation>标量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/figures.py" />
            <source>strided view</source>
            <translation>非连续视图</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/figures.py" />
            <source>{} byte</source>
            <translation>{} 字节</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/figures.py" />
            <source>{} bytes</source>
            <translation>{} 字节</translation>
        </message>
    </context>
    <context>
        <name>FileChoices</name>
        <message>
            <location filename="../../inspector/ui/export_details.py" />
            <source>File</source>
            <translation>文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_details.py" />
            <source>Plain values go along (epoch, param_groups)</source>
            <translation>一并导出普通值（epoch、param_groups）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_details.py" />
            <source>Size of one file</source>
            <translation>单个文件的大小</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_details.py" />
            <source>Split into files of at most</source>
            <translation>分割文件，每个最大</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_details.py" />
            <source>Write of each storage only what tensors use</source>
            <translation>每个存储只写出张量用到的部分</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_details.py" />
            <source>Write {} tied tensor by itself (safetensors shares nothing)</source>
            <translation>单独写出 {} 个共享的张量（safetensors 不支持共享）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_details.py" />
            <source>Write {} tied tensors each by itself (safetensors shares nothing)</source>
            <translation>分别写出 {} 个共享的张量（safetensors 不支持共享）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_details.py" />
            <source>one file</source>
            <translation>单个文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_details.py" />
            <source>several files</source>
            <translation>多个文件</translation>
        </message>
    </context>
    <context>
        <name>FileScan</name>
        <message>
            <location filename="../../inspector/ui/file_scan.py" />
            <source>Scan complete: {} tensor</source>
            <translation>扫描完成：{} 个张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/file_scan.py" />
            <source>Scan complete: {} tensors</source>
            <translation>扫描完成：{} 个张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/file_scan.py" />
            <source>Scan stopped</source>
            <translation>扫描已停止</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/file_scan.py" />
            <source>Scanning {} %</source>
            <translation>正在扫描 {} %</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/file_scan.py" />
            <source>Stop the scan; what was found stays</source>
            <translation>停止扫描；已得到的结果会保留</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/file_scan.py" />
            <source>{} with {}</source>
            <translation>{} 个含 {}</translation>
        </message>
    </context>
    <context>
        <name>FileTab</name>
        <message>
            <location filename="../../inspector/ui/file_tab.py" />
            <source>{} tensor</source>
            <translation>{} 个张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/file_tab.py" />
            <source>{} tensors</source>
            <translation>{} 个张量</translation>
        </message>
    </context>
    <context>
        <name>Flags</name>
        <message>
            <location filename="../../inspector/ui/sparkline.py" />
            <source>Inf</source>
            <translation>Inf</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/sparkline.py" />
            <source>NaN</source>
            <translation>NaN</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/sparkline.py" />
            <source>all zero</source>
            <translation>全为零</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/sparkline.py" />
            <source>constant</source>
            <translation>常数</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/sparkline.py" />
            <source>duplicate</source>
            <translation>重复</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/sparkline.py" />
            <source>fp16 overflow</source>
            <translation>fp16 上溢</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/sparkline.py" />
            <source>fp16 underflow</source>
            <translation>fp16 下溢</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/sparkline.py" />
            <source>mostly zero</source>
            <translation>大多为零</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/sparkline.py" />
            <source>no data</source>
            <translation>无数据</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/sparkline.py" />
            <source>unreadable</source>
            <translation>无法读取</translation>
        </message>
    </context>
    <context>
        <name>Header</name>
        <message>
            <location filename="../../inspector/ui/header.py" />
            <source>+{} device</source>
            <translation>另有 {} 个设备</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/header.py" />
            <source>+{} devices</source>
            <translation>另有 {} 个设备</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/header.py" />
            <source>+{} dtype</source>
            <translation>另有 {} 种数据类型</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/header.py" />
            <source>+{} dtypes</source>
            <translation>另有 {} 种数据类型</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/header.py" />
            <source>Facts about the file</source>
            <translation>文件信息</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/header.py" />
            <source>The class of the saved object</source>
            <translation>所保存对象的类</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/header.py" />
            <source>Tied tensors and views share {}, written once</source>
            <translation>绑定的张量和视图共享 {}，只存一份</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/header.py" />
            <source>{} element; optimizer state and averaged copies are left out, tied tensors count once</source>
            <translation>{} 个元素；不含优化器状态与平均副本，共享的张量只计一次</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/header.py" />
            <source>{} elements; optimizer state and averaged copies are left out, tied tensors count once</source>
            <translation>{} 个元素；不含优化器状态与平均副本，共享的张量只计一次</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/header.py" />
            <source>{} in storages belong to no tensor: a view was saved with its whole storage.
Saving tensor.clone() instead makes the file that much smaller.</source>
            <translation>存储中有 {} 不属于任何张量：保存视图时连同整个存储一起保存了。
改为保存 tensor.clone() 可使文件减小同样的大小。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/header.py" />
            <source>{} parameter</source>
            <translation>{} 参数</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/header.py" />
            <source>{} parameters</source>
            <translation>{} 参数</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/header.py" />
            <source>{} shared</source>
            <translation>共享 {}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/header.py" />
            <source>{} storage holds their bytes</source>
            <translation>其数据位于 {} 个存储中</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/header.py" />
            <source>{} storages hold their bytes</source>
            <translation>其数据位于 {} 个存储中</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/header.py" />
            <source>{} tensor</source>
            <translation>{} 个张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/header.py" />
            <source>{} tensors</source>
            <translation>{} 个张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/header.py" />
            <source>{} unused</source>
            <translation>未使用 {}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/header.py" />
            <source>{}: show only these</source>
            <translation>{}：只显示这些</translation>
        </message>
    </context>
    <context>
        <name>HistogramControls</name>
        <message>
            <location filename="../../inspector/ui/histogram_controls.py" />
            <source>Auto bins</source>
            <translation>自动分箱</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_controls.py" />
            <source>Bins</source>
            <translation>分箱数</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_controls.py" />
            <source>Copy</source>
            <translation>复制</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_controls.py" />
            <source>Copy figures</source>
            <translation>复制数值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_controls.py" />
            <source>Copy picture</source>
            <translation>复制图片</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_controls.py" />
            <source>Copy the plot or its figures</source>
            <translation>复制图表或其数值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_controls.py" />
            <source>Draw the normal curve of the same mean and std</source>
            <translation>绘制均值和标准差相同的正态曲线</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_controls.py" />
            <source>Exact here</source>
            <translation>精确计数</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_controls.py" />
            <source>Fit</source>
            <translation>适应</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_controls.py" />
            <source>How many bars cross the view, at least</source>
            <translation>视图中至少显示多少个柱</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_controls.py" />
            <source>Lay values out by magnitude, on both sides of zero</source>
            <translation>在零的两侧按数量级排列数值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_controls.py" />
            <source>Log counts</source>
            <translation>计数取对数</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_controls.py" />
            <source>Log values</source>
            <translation>数值取对数</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_controls.py" />
            <source>Logarithmic axis of counts: rare values become visible</source>
            <translation>计数轴取对数：罕见的值也可见</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_controls.py" />
            <source>Normal curve</source>
            <translation>正态曲线</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_controls.py" />
            <source>Part of the values</source>
            <translation>数值的哪一部分</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_controls.py" />
            <source>Read the values once more and count those in sight exactly</source>
            <translation>再次读取数值，精确统计视图内的值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_controls.py" />
            <source>Save as PNG, SVG or CSV</source>
            <translation>保存为 PNG、SVG 或 CSV</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_controls.py" />
            <source>Save…</source>
            <translation>保存…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_controls.py" />
            <source>Show all values (Home, or double click)</source>
            <translation>显示所有值（Home 键或双击）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_controls.py" />
            <source>{count} bins</source>
            <translation>{count} 个分箱</translation>
        </message>
    </context>
    <context>
        <name>HistogramPanel</name>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>+1 std</source>
            <translation>+1 标准差</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>+Inf</source>
            <translation>+Inf</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>1 %</source>
            <translation>1 %</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>99 %</source>
            <translation>99 %</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_panel.py" />
            <source>Bins (*.csv)</source>
            <translation>分箱数据 (*.csv)</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_panel.py" />
            <source>Drawing (*.svg)</source>
            <translation>矢量图 (*.svg)</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>False</source>
            <translation>False</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_panel.py" />
            <source>Imaginary part</source>
            <translation>虚部</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>L2 norm</source>
            <translation>L2 范数</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_panel.py" />
            <source>Magnitude</source>
            <translation>模</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>NaN</source>
            <translation>NaN</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_panel.py" />
            <source>No finite value to plot.</source>
            <translation>没有可绘制的有限值。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_panel.py" />
            <source>None of these tensors can be read, or all are empty.</source>
            <translation>这些张量均无法读取，或全部为空。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_panel.py" />
            <source>Picture (*.png)</source>
            <translation>图片 (*.png)</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_panel.py" />
            <source>Raw integers</source>
            <translation>原始整数</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_panel.py" />
            <source>Real part</source>
            <translation>实部</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_panel.py" />
            <source>Save plot</source>
            <translation>保存图表</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_panel.py" />
            <source>Select a tensor or a module to see how its values are distributed.</source>
            <translation>选择一个张量或模块，查看其数值分布。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_panel.py" />
            <source>There are no values below this.</source>
            <translation>其下没有数值。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_panel.py" />
            <source>This tensor is empty: shape {shape}, no values.</source>
            <translation>此张量为空：形状 {shape}，没有值。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>True</source>
            <translation>True</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_panel.py" />
            <source>Values</source>
            <translation>数值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>Values are counted in steps of about 0.8 % of their size and drawn as if spread evenly within a step. At worst a bar here is off by {count} values, {share} of the tallest; where the distribution is smooth, by far less.</source>
            <translation>数值按约为自身大小 0.8 % 的步长计数，并按每一步内均匀分布来绘制。这里的柱高最多相差 {count} 个值，即最高柱的 {share}；分布平滑时远小于此。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>bars interpolated in steps of 0.8 %</source>
            <translation>柱高按 0.8 % 的步长插值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>constant: every value is {value}</source>
            <translation>常数：所有值均为 {value}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_panel.py" />
            <source>counting exactly… {percent} %</source>
            <translation>正在精确计数… {percent} %</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>distinct</source>
            <translation>不同值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>every stored value is {value}</source>
            <translation>所有存储值均为 {value}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>exact · stored values: {total} · {time}</source>
            <translation>精确 · {total} 个存储值 · {time}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>exact · {total} value · {time}</source>
            <translation>精确 · {total} 个值 · {time}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>exact · {total} values · {time}</source>
            <translation>精确 · {total} 个值 · {time}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>max</source>
            <translation>最大值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>mean</source>
            <translation>均值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>median</source>
            <translation>中位数</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>min</source>
            <translation>最小值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>sampled · {part} of {total} values</source>
            <translation>抽样 · {total} 个值中的 {part} 个</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>std</source>
            <translation>标准差</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>stored</source>
            <translation>存储值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>stored zeros</source>
            <translation>存储的零</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>stored zeros: {count} ({part})</source>
            <translation>存储的零：{count} 个（{part}）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>zeros</source>
            <translation>零值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>{count} value out of sight</source>
            <translation>{count} 个值在视图之外</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>{count} values out of sight</source>
            <translation>{count} 个值在视图之外</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>{count} zero ({part})</source>
            <translation>{count} 个零（{part}）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>{count} zeros ({part})</source>
            <translation>{count} 个零（{part}）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>−1 std</source>
            <translation>−1 标准差</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_content.py" />
            <source>−Inf</source>
            <translation>−Inf</translation>
        </message>
    </context>
    <context>
        <name>HistogramPlot</name>
        <message>
            <location filename="../../inspector/ui/histogram_plot.py" />
            <source>Histogram</source>
            <translation>直方图</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_plot.py" />
            <source>Left and Right walk along the bars, + and − zoom, Home shows everything.</source>
            <translation>左右键逐柱移动，+ 和 − 缩放，Home 键显示全部。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_plot.py" />
            <source>count</source>
            <translation>计数</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_plot.py" />
            <source>{low} to {high}: {count} value ({part})</source>
            <translation>{low} 至 {high}：{count} 个值（{part}）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_plot.py" />
            <source>{low} to {high}: {count} values ({part})</source>
            <translation>{low} 至 {high}：{count} 个值（{part}）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_plot.py" />
            <source>{name}: {count} value ({part})</source>
            <translation>{name}：{count} 个值（{part}）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/histogram_plot.py" />
            <source>{name}: {count} values ({part})</source>
            <translation>{name}：{count} 个值（{part}）</translation>
        </message>
    </context>
    <context>
        <name>JointPlot</name>
        <message>
            <location filename="../../inspector/ui/compare_joint.py" />
            <source>A against B</source>
            <translation>A 对 B</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_joint.py" />
            <source>A {} to {}, B {} to {}: {} elements</source>
            <translation>A {} 至 {}，B {} 至 {}：{} 个元素</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_joint.py" />
            <source>A {}, B {}</source>
            <translation>A {}，B {}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_joint.py" />
            <source>The line is where A and B are equal.</source>
            <translation>直线表示 A 与 B 相等之处。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_joint.py" />
            <source>value in A</source>
            <translation>A 中的值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_joint.py" />
            <source>value in B</source>
            <translation>B 中的值</translation>
        </message>
    </context>
    <context>
        <name>LossCounter</name>
        <message>
            <location filename="../../inspector/ui/export_losses.py" />
            <source>Count what the cast loses (reads {})</source>
            <translation>统计类型转换的损失（需读取 {}）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_losses.py" />
            <source>Counting what the cast loses: {} of {}</source>
            <translation>正在统计类型转换的损失：{} / {}</translation>
        </message>
    </context>
    <context>
        <name>MainWindow</name>
        <message>
            <location filename="../../inspector/ui/application.py" />
            <location filename="../../inspector/ui/main_window.py" />
            <source>Checkpoint Inspector</source>
            <translation>检查点查看器</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/main_window.py" />
            <source>Drop to open</source>
            <translation>放下即可打开</translation>
        </message>
    </context>
    <context>
        <name>MappingDialog</name>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>Accept</source>
            <translation>接受</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>Accept all suggested</source>
            <translation>接受所有建议</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>Compare with these pairs</source>
            <translation>按这些配对比较</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>It cannot be read: {}</source>
            <translation>无法读取：{}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>It cannot be saved: {}</source>
            <translation>无法保存：{}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>Key in A</source>
            <translation>A 中的键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>Key in B</source>
            <translation>B 中的键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>Key mapping</source>
            <translation>键映射</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>Load mapping</source>
            <translation>载入映射</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>Load…</source>
            <translation>载入…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>Pair</source>
            <translation>配对</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>Pair by hand</source>
            <translation>手动配对</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>Pairs of keys</source>
            <translation>键的配对</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>Refuse</source>
            <translation>拒绝</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>Save mapping</source>
            <translation>保存映射</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>Save…</source>
            <translation>保存…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>Suggestions are made for the first {} of them.</source>
            <translation>只为其中前 {} 个给出建议。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>{} key has</source>
            <translation>{} 个键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>{} key only in A</source>
            <translation>{} 个键仅在 A 中</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>{} key only in B</source>
            <translation>{} 个键仅在 B 中</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>{} keys have</source>
            <translation>{} 个键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>{} keys only in A</source>
            <translation>{} 个键仅在 A 中</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>{} keys only in B</source>
            <translation>{} 个键仅在 B 中</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>{} the same name on both sides. Left over: {}, {}.</source>
            <translation>{}在两侧同名。其余：{}，{}。</translation>
        </message>
    </context>
    <context>
        <name>MappingModel</name>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>Key in A</source>
            <translation>A 中的键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>Key in B</source>
            <translation>B 中的键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>State</source>
            <translation>状态</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>Sure</source>
            <translation>可信度</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>Why</source>
            <translation>原因</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>accepted</source>
            <translation>已接受</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>refused</source>
            <translation>已拒绝</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_mapping.py" />
            <source>suggested</source>
            <translation>建议</translation>
        </message>
    </context>
    <context>
        <name>ModuleTable</name>
        <message>
            <location filename="../../inspector/ui/module_table.py" />
            <source>Tensors of the module</source>
            <translation>模块中的张量</translation>
        </message>
    </context>
    <context>
        <name>NameChoices</name>
        <message>
            <location filename="../../inspector/ui/export_names.py" />
            <source>A whole key, a prefix that ends at a dot, or re:PATTERN with \1 and \2.</source>
            <translation>完整的键、以点结尾的前缀，或可使用 \1 和 \2 的 re:模式。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_names.py" />
            <source>Key mappings (*.json)</source>
            <translation>键映射 (*.json)</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_names.py" />
            <source>Names</source>
            <translation>名称</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_names.py" />
            <source>Names from a mapping file</source>
            <translation>从映射文件读取名称</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_names.py" />
            <source>Names from a mapping file…</source>
            <translation>从映射文件读取名称…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_names.py" />
            <source>New name</source>
            <translation>新名称</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_names.py" />
            <source>Old name</source>
            <translation>旧名称</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_names.py" />
            <source>Only</source>
            <translation>仅限</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_names.py" />
            <source>Only keys</source>
            <translation>仅限这些键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_names.py" />
            <source>Remove this rule</source>
            <translation>删除此规则</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_names.py" />
            <source>Remove “{}”</source>
            <translation>删除“{}”</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_names.py" />
            <source>Rename…</source>
            <translation>重命名…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_names.py" />
            <source>The mapping cannot be read: {}</source>
            <translation>无法读取映射：{}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_names.py" />
            <source>Without</source>
            <translation>排除</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_names.py" />
            <source>Without keys</source>
            <translation>排除这些键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_names.py" />
            <source>all keys, or model*, *.weight</source>
            <translation>所有键，或 model*、*.weight</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_names.py" />
            <source>all, as they are</source>
            <translation>全部，保持不变</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_names.py" />
            <source>it is too large</source>
            <translation>文件过大</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_names.py" />
            <source>keys, such as optimizer*</source>
            <translation>键，例如 optimizer*</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_names.py" />
            <source>new, or empty</source>
            <translation>新名称，可留空</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_names.py" />
            <source>old name or prefix</source>
            <translation>旧名称或前缀</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_names.py" />
            <source>renamed</source>
            <translation>已重命名</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_names.py" />
            <source>some keys</source>
            <translation>部分键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_names.py" />
            <source>{} new names from {}</source>
            <translation>{} 个新名称，来自 {}</translation>
        </message>
    </context>
    <context>
        <name>OpeningPage</name>
        <message>
            <location filename="../../inspector/ui/opening_page.py" />
            <source>Cancel</source>
            <translation>取消</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/opening_page.py" />
            <source>Opening {}</source>
            <translation>正在打开 {}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/opening_page.py" />
            <source>Progress of opening</source>
            <translation>打开进度</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/opening_page.py" />
            <source>{} of {}</source>
            <translation>{} / {}</translation>
        </message>
    </context>
    <context>
        <name>OpeningTab</name>
        <message>
            <location filename="../../inspector/ui/opening_tab.py" />
            <source>Please report it; the file was not changed</source>
            <translation>请报告此问题；文件没有被更改</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/opening_tab.py" />
            <source>the program failed while reading this file</source>
            <translation>程序在读取此文件时出错</translation>
        </message>
    </context>
    <context>
        <name>OverviewPanel</name>
        <message>
            <location filename="../../inspector/ui/overview_panel.py" />
            <source>Bands: middle half, and all but 1 % at each end. Click to go to a layer.</source>
            <translation>色带：中间一半的值，以及除去两端各 1 % 的值。单击可转到该层。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/overview_panel.py" />
            <source>Device</source>
            <translation>设备</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/overview_panel.py" />
            <source>Dtype</source>
            <translation>数据类型</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/overview_panel.py" />
            <source>Holds</source>
            <translation>包含</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/overview_panel.py" />
            <source>Open the tensor to see its histogram and its values</source>
            <translation>打开该张量以查看其直方图和数值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/overview_panel.py" />
            <source>Scan file</source>
            <translation>扫描文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/overview_panel.py" />
            <source>Scan the file to see its weights layer by layer</source>
            <translation>扫描文件以逐层查看权重</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/overview_panel.py" />
            <source>Show the tensor</source>
            <translation>显示该张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/overview_panel.py" />
            <source>This file holds no tensors.</source>
            <translation>此文件不含张量。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/overview_panel.py" />
            <source>Weights, layer by layer</source>
            <translation>逐层权重</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/overview_panel.py" />
            <source>Where the bytes are</source>
            <translation>数据分布</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/overview_panel.py" />
            <source>averaged copy (EMA)</source>
            <translation>平均副本 (EMA)</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/overview_panel.py" />
            <source>model</source>
            <translation>模型</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/overview_panel.py" />
            <source>no device</source>
            <translation>无设备</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/overview_panel.py" />
            <source>optimizer</source>
            <translation>优化器</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/overview_panel.py" />
            <source>other</source>
            <translation>其他</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/overview_panel.py" />
            <source>{key} holds NaN</source>
            <translation>{key} 含有 NaN</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/overview_panel.py" />
            <source>{key} holds infinities</source>
            <translation>{key} 含有无穷大</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/overview_panel.py" />
            <source>{key} is all zero</source>
            <translation>{key} 全为零</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/overview_panel.py" />
            <source>{key} is constant</source>
            <translation>{key} 为常数</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/overview_panel.py" />
            <source>{key} is far narrower than its like</source>
            <translation>{key} 的分布远窄于同类</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/overview_panel.py" />
            <source>{key} spreads far wider than its like</source>
            <translation>{key} 的分布远宽于同类</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/overview_panel.py" />
            <source>{size} in one tensor.</source>
            <translation>1 个张量，共 {size}。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/overview_panel.py" />
            <source>{size} in {count} tensors. Click to go to a part.</source>
            <translation>{count} 个张量，共 {size}。单击可转到该部分。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/overview_panel.py" />
            <source>▼ and {count} more</source>
            <translation>▼ 还有 {count} 项</translation>
        </message>
    </context>
    <context>
        <name>PairPanel</name>
        <message>
            <location filename="../../inspector/ui/compare_panel.py" />
            <source>Both sides are needed, of one shape.</source>
            <translation>需要两侧都有且形状相同。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_panel.py" />
            <source>This tensor has no elements.</source>
            <translation>此张量没有元素。</translation>
        </message>
    </context>
    <context>
        <name>PairValuesModel</name>
        <message>
            <location filename="../../inspector/ui/compare_values.py" />
            <source>differs</source>
            <translation>不同</translation>
        </message>
    </context>
    <context>
        <name>PicturePanel</name>
        <message>
            <location filename="../../inspector/ui/picture_panel.py" />
            <source>A picture shows one tensor. Select one of the {count} below {title}.</source>
            <translation>图像只显示一个张量。请从 {title} 下的 {count} 个张量中选择一个。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_panel.py" />
            <source>A single value: {value}</source>
            <translation>单个值：{value}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_panel.py" />
            <source>Block mean</source>
            <translation>块均值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_panel.py" />
            <source>Copy</source>
            <translation>复制</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_panel.py" />
            <source>Copy the picture</source>
            <translation>复制图像</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_panel.py" />
            <source>Drawing (*.svg)</source>
            <translation>矢量图 (*.svg)</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_panel.py" />
            <source>Fit</source>
            <translation>适应</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_panel.py" />
            <source>No finite value to draw.</source>
            <translation>没有可绘制的有限值。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_panel.py" />
            <source>Picture (*.png)</source>
            <translation>图片 (*.png)</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_panel.py" />
            <source>Save as PNG or SVG</source>
            <translation>保存为 PNG 或 SVG</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_panel.py" />
            <source>Save picture</source>
            <translation>保存图像</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_panel.py" />
            <source>Save…</source>
            <translation>保存…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_panel.py" />
            <source>Select a tensor to see a picture of its values.</source>
            <translation>选择一个张量，查看其数值的图像。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_panel.py" />
            <source>Show all of it (Home)</source>
            <translation>显示全部（Home 键）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_panel.py" />
            <source>Strongest in block</source>
            <translation>块内绝对值最大</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_panel.py" />
            <source>This tensor is empty: shape {shape}, no values.</source>
            <translation>此张量为空：形状 {shape}，没有值。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_panel.py" />
            <source>What a cell shows of its block</source>
            <translation>每个单元格显示其块的什么值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_panel.py" />
            <source>blocks of up to {size} elements</source>
            <translation>每块最多 {size} 个元素</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_panel.py" />
            <source>exact</source>
            <translation>精确</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_panel.py" />
            <source>magnitudes</source>
            <translation>模</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_panel.py" />
            <source>one cell per element</source>
            <translation>每个元素一格</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_panel.py" />
            <source>sampled</source>
            <translation>抽样</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_panel.py" />
            <source>{count} kernels of {kernel}</source>
            <translation>{count} 个 {kernel} 卷积核</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_panel.py" />
            <source>{rows} rows and {columns} columns. Arrow keys walk, Enter goes to the value.</source>
            <translation>{rows} 行 {columns} 列。方向键移动，回车键转到该值。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_panel.py" />
            <source>■ {count} NaN or infinite</source>
            <translation>■ {count} 个 NaN 或无穷大</translation>
        </message>
    </context>
    <context>
        <name>PicturePlot</name>
        <message>
            <location filename="../../inspector/ui/picture_plot.py" />
            <source>NaN or infinite</source>
            <translation>NaN 或无穷大</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_plot.py" />
            <source>Picture of the values</source>
            <translation>数值图像</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/picture_plot.py" />
            <source>{index} in a block of {size}: mean {mean}, strongest {strongest}</source>
            <translation>{index}，所在块大小 {size}：均值 {mean}，绝对值最大 {strongest}</translation>
        </message>
    </context>
    <context>
        <name>Reasons</name>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>1 of {count} records is damaged</source>
            <translation>{count} 条记录中有 1 条已损坏</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>1 shard</source>
            <translation>1 个分片</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>A real index names files beside it; this one is broken or a trap</source>
            <translation>真正的索引只列出它旁边的文件；此索引已损坏或是陷阱</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>Choose a checkpoint file</source>
            <translation>请选择检查点文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>Choose the checkpoint itself, or download it again</source>
            <translation>请选择检查点本身，或重新下载</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>Choose the file that this program saves</source>
            <translation>请选择该程序保存的文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>Download them into the same folder</source>
            <translation>请将它们下载到同一文件夹</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>It is read by h5py or Keras; save the weights with torch.save or safetensors to open them</source>
            <translation>请用 h5py 或 Keras 读取；用 torch.save 或 safetensors 保存权重后即可在此打开</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>It is read by {program}</source>
            <translation>请用 {program} 读取</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>It may be cut at its beginning, encrypted, or of another program</source>
            <translation>它的开头可能被截断、已加密，或属于其他程序</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>Nothing in it was executed; save the tensors with torch.save or safetensors</source>
            <translation>其中没有执行任何代码；请用 torch.save 或 safetensors 保存张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>Open one of them</source>
            <translation>请打开其中之一</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>Open the file it was unpacked from; a checkpoint stays packed</source>
            <translation>请打开解压前的文件；检查点应保持打包状态</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>Open the shards beside it one by one, or download the index again</source>
            <translation>请逐个打开旁边的分片，或重新下载索引</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>Open the weights beside it; only an index with a weight_map leads to tensors</source>
            <translation>请打开它旁边的权重；只有带 weight_map 的索引才指向张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>Please report it if other programs read this file</source>
            <translation>如果其他程序能读取此文件，请报告此问题</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>PyTorch 1.6 or newer</source>
            <translation>PyTorch 1.6 或更新版本</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>Python source code</source>
            <translation>Python 源代码</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>Reload it</source>
            <translation>请重新载入</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>The content was not fetched; run "git lfs pull" in the repository</source>
            <translation>内容尚未获取；请在仓库中运行“git lfs pull”</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>The download or the copy did not finish; get the file again</source>
            <translation>下载或复制没有完成；请重新获取文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>The download or the save did not finish; get the file again</source>
            <translation>下载或保存没有完成；请重新获取文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>The file was probably cut short; copy or download it again</source>
            <translation>文件可能被截断；请重新复制或下载</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>The server sent it instead of the file; download the checkpoint again, logged in if needed</source>
            <translation>服务器发来的不是该文件；请重新下载检查点，必要时先登录</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>Unpack it and open that file</source>
            <translation>请解压后打开该文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>Unpack it and open the checkpoint inside</source>
            <translation>请解压后打开其中的检查点</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>Unpack it, or choose another file</source>
            <translation>请解压，或选择其他文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a 7-Zip archive</source>
            <translation>一个 7-Zip 归档</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a Core ML model</source>
            <translation>一个 Core ML 模型</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a DeepSpeed checkpoint</source>
            <translation>一个 DeepSpeed 检查点</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a GGML file (old llama.cpp)</source>
            <translation>一个 GGML 文件（旧版 llama.cpp）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a GGUF file (llama.cpp)</source>
            <translation>一个 GGUF 文件（llama.cpp）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a Git LFS pointer</source>
            <translation>一个 Git LFS 指针</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a Git LFS pointer for {size} bytes</source>
            <translation>一个指向 {size} 字节内容的 Git LFS 指针</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a JPEG picture</source>
            <translation>一张 JPEG 图片</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a JSON text</source>
            <translation>一个 JSON 文本</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a Keras model (.keras)</source>
            <translation>一个 Keras 模型（.keras）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a Linux program or library</source>
            <translation>一个 Linux 程序或库</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a NumPy archive (.npz)</source>
            <translation>一个 NumPy 归档（.npz）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a NumPy array (.npy)</source>
            <translation>一个 NumPy 数组（.npy）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a PDF document</source>
            <translation>一个 PDF 文档</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a PNG picture</source>
            <translation>一张 PNG 图片</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a Python wheel</source>
            <translation>一个 Python wheel 包</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a RAR archive</source>
            <translation>一个 RAR 归档</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a TensorFlow Lite model</source>
            <translation>一个 TensorFlow Lite 模型</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a TensorFlow SavedModel</source>
            <translation>一个 TensorFlow SavedModel</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a Windows program or library</source>
            <translation>一个 Windows 程序或库</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a Zstandard archive</source>
            <translation>一个 Zstandard 归档</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a bzip2 archive</source>
            <translation>一个 bzip2 归档</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a distributed checkpoint (DCP)</source>
            <translation>一个分布式检查点（DCP）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a gzip archive</source>
            <translation>一个 gzip 归档</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a joblib or scikit-learn pickle</source>
            <translation>一个 joblib 或 scikit-learn 的 pickle</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a module with its code</source>
            <translation>模块及其代码</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a name occurs twice in the safetensors header, so its meaning is ambiguous</source>
            <translation>safetensors 文件头中有重复的名称，含义不明确</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a plain Python pickle</source>
            <translation>一个普通的 Python pickle</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a program written by torch.export (.pt2)</source>
            <translation>由 torch.export 写出的程序（.pt2）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a shard with {count} of the {total} tensors cannot be read: {reason}</source>
            <translation>一个含有 {total} 个张量中 {count} 个的分片无法读取：{reason}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a storage is used, but the file holds no bytes for it</source>
            <translation>使用了一个存储，但文件中没有它的字节</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a tar archive</source>
            <translation>一个 tar 归档</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a text file</source>
            <translation>一个文本文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a torch.package archive</source>
            <translation>一个 torch.package 归档</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>a {format} file has no checksums; what it says of itself is consistent</source>
            <translation>{format} 文件没有校验和；其自身的说明前后一致</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>all {count} records are as they were written</source>
            <translation>全部 {count} 条记录与写入时一致</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>an HDF5 file (Keras?)</source>
            <translation>一个 HDF5 文件（Keras？）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>an HTML page</source>
            <translation>一个 HTML 网页</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>an ONNX model</source>
            <translation>一个 ONNX 模型</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>an SQLite database</source>
            <translation>一个 SQLite 数据库</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>an XML text</source>
            <translation>一个 XML 文本</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>an empty zip archive</source>
            <translation>一个空的 zip 归档</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>an xz archive</source>
            <translation>一个 xz 归档</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>byte {number}</source>
            <translation>第 {number} 字节</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>chosen by hand</source>
            <translation>手动选择</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>cut short</source>
            <translation>被截断</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>header of {count} bytes</source>
            <translation>文件头 {count} 字节</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>it claims to hold {size} bytes, more than any real checkpoint</source>
            <translation>它声称包含 {size} 字节，超过任何真实的检查点</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>its checksum is {found}, written was {written}</source>
            <translation>其校验和为 {found}，写入时为 {written}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>its compressed data is damaged</source>
            <translation>其压缩数据已损坏</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>its content contradicts its format ({name})</source>
            <translation>内容与其格式相矛盾（{name}）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>its content is nested too deeply</source>
            <translation>内容嵌套过深</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>line {number}</source>
            <translation>第 {number} 行</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>listing its content takes more memory than there is</source>
            <translation>列出其内容所需的内存超过可用内存</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>matched by {rewriting}</source>
            <translation>匹配方式：{rewriting}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>no device was asked for; the copy is the source, byte for byte</source>
            <translation>没有指定设备；副本与源文件逐字节相同</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>no key is like "{pattern}"</source>
            <translation>没有键符合“{pattern}”</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>no tensor of the file is on {device}</source>
            <translation>文件中没有张量位于 {device}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>none of the {count} that the index names is beside it</source>
            <translation>索引列出的 {count} 均不在其旁边</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>removing {words}</source>
            <translation>去掉 {words}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>replacing {old} by {new}</source>
            <translation>将 {old} 替换为 {new}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>replacing {old} by {new} and removing {words}</source>
            <translation>将 {old} 替换为 {new}，并去掉 {words}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>safetensors files name no device; whoever loads one chooses it</source>
            <translation>safetensors 文件不记录设备，由加载者选择</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>shard "{name}"</source>
            <translation>分片“{name}”</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>tensor "{name}"</source>
            <translation>张量“{name}”</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the content is not that of any checkpoint known here; it begins with the bytes {start}</source>
            <translation>内容不属于任何已知的检查点格式；它以字节 {start} 开头</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the file cannot be read: {reason}</source>
            <translation>无法读取文件：{reason}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the file changed on disk since it was opened</source>
            <translation>文件打开之后在磁盘上发生了变化</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the file ends before it</source>
            <translation>文件在它之前就结束了</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the file ends within it: {there} of its {size} bytes are there</source>
            <translation>文件在其中间结束：{size} 字节中只有 {there} 字节</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the file is empty</source>
            <translation>文件是空的</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the file is shorter than when it was opened</source>
            <translation>文件比打开时更短</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the file was closed</source>
            <translation>文件已关闭</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the file was cut short after {size} bytes: {whole} of {total} tensors are whole and can be read and exported</source>
            <translation>文件在 {size} 字节处被截断：{total} 个张量中有 {whole} 个完整，可以读取和导出</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the folder cannot be listed: {reason}</source>
            <translation>无法列出文件夹：{reason}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the format before PyTorch 0.1.10</source>
            <translation>PyTorch 0.1.10 之前的格式</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the format before PyTorch 1.6</source>
            <translation>PyTorch 1.6 之前的格式</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the index is not valid JSON: {reason}</source>
            <translation>索引不是有效的 JSON：{reason}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the index lacks a weight_map from names to files</source>
            <translation>索引缺少从名称到文件的 weight_map</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the index leads out of its folder; nothing there was opened</source>
            <translation>索引指向其文件夹之外，未打开任何内容</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the index of a TensorFlow checkpoint</source>
            <translation>一个 TensorFlow 检查点的索引</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the pickle ends before it is complete</source>
            <translation>pickle 在完成之前就结束了</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the pickle has too many opcodes</source>
            <translation>pickle 的操作码过多</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the pickle is damaged: {reason}</source>
            <translation>pickle 已损坏：{reason}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the pickle's checksum is wrong: some names or shapes may be damaged</source>
            <translation>pickle 的校验和不符：某些名称或形状可能已损坏</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the record of a storage is missing</source>
            <translation>缺少一个存储的记录</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the safetensors header is no JSON object</source>
            <translation>safetensors 文件头不是 JSON 对象</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the safetensors header should be {length} bytes long, but only {left} follow</source>
            <translation>safetensors 文件头应为 {length} 字节，但后面只有 {left} 字节</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the tensor reaches element {element} of a storage of {size} bytes</source>
            <translation>张量延伸到第 {element} 个元素，而存储只有 {size} 字节</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the tensor reaches past its storage</source>
            <translation>张量超出了它的存储范围</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the unpacked content of a checkpoint</source>
            <translation>检查点解压后的内容</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the zip archive has no directory at its end</source>
            <translation>zip 归档末尾没有目录</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>the zip archive holds no data.pkl in its folder</source>
            <translation>zip 归档的文件夹中没有 data.pkl</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>there are more of this kind, which are not listed</source>
            <translation>还有更多同类项目，未列出</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>there is no such file</source>
            <translation>没有这个文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>this folder holds no checkpoint</source>
            <translation>此文件夹中没有检查点</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>this folder holds {count} checkpoints: {names}</source>
            <translation>此文件夹中有 {count} 个检查点：{names}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>this folder is {kind}</source>
            <translation>此文件夹是{kind}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>this is a plain zip archive with "{name}" in it; a checkpoint has a data.pkl</source>
            <translation>这是一个含有“{name}”的普通 zip 归档；检查点应含有 data.pkl</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>this is a zip archive with "{name}" in it, and no data.pkl of its own</source>
            <translation>这是一个含有“{name}”的 zip 归档，自身没有 data.pkl</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>this is the metadata of a distributed checkpoint (DCP), which holds no tensors</source>
            <translation>这是分布式检查点（DCP）的元数据，不含张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>this is {kind} (protocol {protocol}), not written by torch.save</source>
            <translation>这是{kind}（协议 {protocol}），不是由 torch.save 写出的</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>this is {kind}, not a PyTorch checkpoint</source>
            <translation>这是{kind}，不是 PyTorch 检查点</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>this {kind} was cut short: it ends after {size} bytes, before the directory that stands at its end</source>
            <translation>此{kind}被截断：它在 {size} 字节处结束，缺少末尾的目录</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>written on a big-endian machine; its elements are stored little-endian all the same</source>
            <translation>写于大端机器，但元素仍按小端存储</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>you have no permission to read this file</source>
            <translation>您没有读取此文件的权限</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>zip archive</source>
            <translation>zip 归档</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>zip checkpoint</source>
            <translation>zip 检查点</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>{count} RNG states and step counters stay on the CPU, where torch wants them</source>
            <translation>{count} 个随机数状态和步数计数器留在 CPU 上，torch 要求如此</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>{count} bytes at the end belong to no tensor</source>
            <translation>末尾有 {count} 字节不属于任何张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>{count} bytes follow the end of the archive; nothing refers to them</source>
            <translation>归档结尾之后还有 {count} 字节，没有内容引用它们</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>{count} bytes follow the end of the pickle; torch ignores them</source>
            <translation>pickle 结尾之后还有 {count} 字节，torch 会忽略它们</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>{count} bytes follow the last storage; nothing refers to them</source>
            <translation>最后一个存储之后还有 {count} 字节，没有内容引用它们</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>{count} constant tensors of its code are not part of the module and not listed</source>
            <translation>其代码中的 {count} 个常量张量不属于模块，未列出</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>{count} entries of a shard are not in the index: {name}</source>
            <translation>分片中有 {count} 个条目不在索引中：{name}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>{count} shards</source>
            <translation>{count} 个分片</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>{count} tensors that share storages are written each by itself</source>
            <translation>{count} 个共享存储的张量各自单独写出</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>{count} tensors that the index names are not in their shard: {name}</source>
            <translation>索引列出的 {count} 个张量不在其分片中：{name}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>{damaged} of {count} records are damaged</source>
            <translation>{count} 条记录中有 {damaged} 条已损坏</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>{key} in B, matched by {rewriting}</source>
            <translation>B 中为 {key}，匹配方式：{rewriting}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>{length} bytes are expected here, but the file ends after {size}</source>
            <translation>此处应有 {length} 字节，但文件只有 {size} 字节</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>{whole} of {count} records are as they were written, {without} have no checksum</source>
            <translation>{count} 条记录中有 {whole} 条与写入时一致，{without} 条没有校验和</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>{}.</source>
            <translation>{}。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reasons.py" />
            <source>{}. {}</source>
            <translation>{}。{}</translation>
        </message>
    </context>
    <context>
        <name>RecentMenu</name>
        <message>
            <location filename="../../inspector/ui/recent_menu.py" />
            <source>Open recent</source>
            <translation>最近打开的文件</translation>
        </message>
    </context>
    <context>
        <name>RegistrationOffer</name>
        <message>
            <location filename="../../inspector/ui/registration_offer.py" />
            <source>Open PyTorch and safetensors files here with a double-click?</source>
            <translation>双击 PyTorch 和 safetensors 文件时用本程序打开吗？</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/registration_offer.py" />
            <source>Yes, register</source>
            <translation>是，关联</translation>
        </message>
    </context>
    <context>
        <name>ReloadNews</name>
        <message>
            <location filename="../../inspector/ui/reload_news.py" />
            <source>Reloaded: {}.</source>
            <translation>已重新载入：{}。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reload_news.py" />
            <source>Show only these</source>
            <translation>只显示这些</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reload_news.py" />
            <source>The file was overwritten in place: whether {} more changed cannot be told.</source>
            <translation>文件被就地覆盖：无法得知另外 {} 项是否改变。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reload_news.py" />
            <source>The file was overwritten in place: whether {} others changed cannot be told.</source>
            <translation>文件被就地覆盖：无法得知另外 {} 项是否改变。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reload_news.py" />
            <source>changed</source>
            <translation>已改变</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reload_news.py" />
            <source>new</source>
            <translation>新增</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reload_news.py" />
            <source>nothing changed</source>
            <translation>没有变化</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reload_news.py" />
            <source>{} changed</source>
            <translation>{} 项已改变</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reload_news.py" />
            <source>{} entries are gone</source>
            <translation>{} 项已消失</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reload_news.py" />
            <source>{} entries are new</source>
            <translation>{} 项为新增</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reload_news.py" />
            <source>{} entry is gone</source>
            <translation>{} 项已消失</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reload_news.py" />
            <source>{} entry is new</source>
            <translation>{} 项为新增</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reload_news.py" />
            <source>{} tensor changed</source>
            <translation>{} 个张量已改变</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reload_news.py" />
            <source>{} tensors changed</source>
            <translation>{} 个张量已改变</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reload_news.py" />
            <source>{} value changed</source>
            <translation>{} 个值已改变</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/reload_news.py" />
            <source>{} values changed</source>
            <translation>{} 个值已改变</translation>
        </message>
    </context>
    <context>
        <name>ReportSaving</name>
        <message>
            <location filename="../../inspector/ui/compare_saving.py" />
            <source>Copied the report as Markdown</source>
            <translation>已将报告复制为 Markdown</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_saving.py" />
            <source>Save report</source>
            <translation>保存报告</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_saving.py" />
            <source>Saved {}</source>
            <translation>已保存 {}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_saving.py" />
            <source>Writing the report…</source>
            <translation>正在写出报告…</translation>
        </message>
    </context>
    <context>
        <name>RestBanner</name>
        <message>
            <location filename="../../inspector/ui/rest_banner.py" />
            <source>Open {} more</source>
            <translation>再打开 {} 个</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/rest_banner.py" />
            <source>{count} of {all} files were opened.</source>
            <translation>已打开 {all} 个文件中的 {count} 个。</translation>
        </message>
    </context>
    <context>
        <name>SalvageBanner</name>
        <message>
            <location filename="../../inspector/ui/salvage_banner.py" />
            <source>Export what is whole…</source>
            <translation>导出完整的部分…</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/salvage_banner.py" />
            <source>The file was cut short: its tensors are listed, but none is whole.</source>
            <translation>文件被截断：列出了其中的张量，但没有一个完整。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/salvage_banner.py" />
            <source>The file was cut short: {whole} of {count} tensors are whole.</source>
            <translation>文件被截断：{count} 个张量中有 {whole} 个完整。</translation>
        </message>
    </context>
    <context>
        <name>Section</name>
        <message>
            <location filename="../../inspector/ui/export_section.py" />
            <source>Fold away</source>
            <translation>收起</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_section.py" />
            <source>Show the choices</source>
            <translation>展开选项</translation>
        </message>
    </context>
    <context>
        <name>SelectionPanel</name>
        <message>
            <location filename="../../inspector/ui/selection_panel.py" />
            <source>(the saved object)</source>
            <translation>（保存的对象）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/selection_panel.py" />
            <source>Bytes</source>
            <translation>字节数</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/selection_panel.py" />
            <source>Device</source>
            <translation>设备</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/selection_panel.py" />
            <source>Dtype</source>
            <translation>数据类型</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/selection_panel.py" />
            <source>Facts</source>
            <translation>属性</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/selection_panel.py" />
            <source>Histogram</source>
            <translation>直方图</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/selection_panel.py" />
            <source>Holds</source>
            <translation>包含</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/selection_panel.py" />
            <source>Parameters</source>
            <translation>参数量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/selection_panel.py" />
            <source>Picture</source>
            <translation>图像</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/selection_panel.py" />
            <source>Type</source>
            <translation>类型</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/selection_panel.py" />
            <source>Values</source>
            <translation>数值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/selection_panel.py" />
            <source>Views of the selection</source>
            <translation>选中内容的视图</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/selection_panel.py" />
            <source>no device</source>
            <translation>无设备</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/selection_panel.py" />
            <source>state of {}</source>
            <translation>{} 的状态</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/selection_panel.py" />
            <source>{} parameters</source>
            <translation>{} 参数</translation>
        </message>
    </context>
    <context>
        <name>SettingsDialog</name>
        <message>
            <location filename="../../inspector/ui/settings_dialog.py" />
            <source>A double-click on a checkpoint does not open this program yet.</source>
            <translation>目前双击检查点还不会打开本程序。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/settings_dialog.py" />
            <source>At start</source>
            <translation>启动时</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/settings_dialog.py" />
            <source>Clear the list</source>
            <translation>清空列表</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/settings_dialog.py" />
            <source>Colours</source>
            <translation>配色</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/settings_dialog.py" />
            <source>Dark</source>
            <translation>深色</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/settings_dialog.py" />
            <source>Double-click</source>
            <translation>双击</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/settings_dialog.py" />
            <source>Follow the system</source>
            <translation>跟随系统</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/settings_dialog.py" />
            <source>Language</source>
            <translation>语言</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/settings_dialog.py" />
            <source>Light</source>
            <translation>浅色</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/settings_dialog.py" />
            <source>Open checkpoints with a double-click</source>
            <translation>双击时打开检查点</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/settings_dialog.py" />
            <source>PyTorch and safetensors files open in this program.</source>
            <translation>PyTorch 和 safetensors 文件会用本程序打开。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/settings_dialog.py" />
            <source>Recent files</source>
            <translation>最近打开的文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/settings_dialog.py" />
            <source>Reopen the files of the last session</source>
            <translation>重新打开上次的文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/settings_dialog.py" />
            <source>Settings</source>
            <translation>设置</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/settings_dialog.py" />
            <source>Takes effect the next time the program starts.</source>
            <translation>下次启动程序时生效。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/settings_dialog.py" />
            <source>Text size</source>
            <translation>文字大小</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/settings_dialog.py" />
            <source>Undo</source>
            <translation>撤销</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/settings_dialog.py" />
            <source>{} %</source>
            <translation>{} %</translation>
        </message>
    </context>
    <context>
        <name>ShortcutsPage</name>
        <message>
            <location filename="../../inspector/ui/shortcuts_page.py" />
            <source>Clear the filter, back to the tree</source>
            <translation>清除筛选并回到树</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/shortcuts_page.py" />
            <source>Copy the key of the row</source>
            <translation>复制该行的键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/shortcuts_page.py" />
            <source>First, last row</source>
            <translation>第一行、最后一行</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/shortcuts_page.py" />
            <source>In the tree and in tables</source>
            <translation>在树和表格中</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/shortcuts_page.py" />
            <source>Keyboard shortcuts</source>
            <translation>键盘快捷键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/shortcuts_page.py" />
            <source>Menu of all commands</source>
            <translation>所有命令的菜单</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/shortcuts_page.py" />
            <source>Move</source>
            <translation>移动</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/shortcuts_page.py" />
            <source>Next, previous part of the window</source>
            <translation>窗口的下一部分、上一部分</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/shortcuts_page.py" />
            <source>Open a level with all below it</source>
            <translation>展开一层及其下所有内容</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/shortcuts_page.py" />
            <source>Open or close a level</source>
            <translation>展开或折叠一层</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/shortcuts_page.py" />
            <source>To the views of the selection</source>
            <translation>转到所选内容的视图</translation>
        </message>
    </context>
    <context>
        <name>StatisticsTable</name>
        <message>
            <location filename="../../inspector/ui/statistics_table.py" />
            <source>Statistics</source>
            <translation>统计</translation>
        </message>
    </context>
    <context>
        <name>Status</name>
        <message>
            <location filename="../../inspector/ui/status_words.py" />
            <source>changed</source>
            <translation>已改变</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/status_words.py" />
            <source>close</source>
            <translation>接近</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/status_words.py" />
            <source>identical</source>
            <translation>相同</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/status_words.py" />
            <source>not compared yet</source>
            <translation>尚未比较</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/status_words.py" />
            <source>only in A</source>
            <translation>仅在 A 中</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/status_words.py" />
            <source>only in B</source>
            <translation>仅在 B 中</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/status_words.py" />
            <source>other dtype</source>
            <translation>数据类型不同</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/status_words.py" />
            <source>other shape</source>
            <translation>形状不同</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/status_words.py" />
            <source>unreadable</source>
            <translation>无法读取</translation>
        </message>
    </context>
    <context>
        <name>TabDialog</name>
        <message>
            <location filename="../../inspector/ui/tab_dialog.py" />
            <source>Go on</source>
            <translation>继续</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tab_dialog.py" />
            <source>Stop</source>
            <translation>停止</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tab_dialog.py" />
            <source>Work on this file is not finished.</source>
            <translation>此文件上的工作尚未完成。</translation>
        </message>
    </context>
    <context>
        <name>TabStrip</name>
        <message>
            <location filename="../../inspector/ui/tab_strip.py" />
            <source>Close this tab (Ctrl+W)</source>
            <translation>关闭此标签页 (Ctrl+W)</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tab_strip.py" />
            <source>Close {}</source>
            <translation>关闭 {}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tab_strip.py" />
            <source>Open files</source>
            <translation>打开的文件</translation>
        </message>
    </context>
    <context>
        <name>Toolbar</name>
        <message>
            <location filename="../../inspector/ui/toolbar.py" />
            <source>All commands</source>
            <translation>所有命令</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/toolbar.py" />
            <source>All commands (F10)</source>
            <translation>所有命令 (F10)</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/toolbar.py" />
            <source>Commands</source>
            <translation>命令</translation>
        </message>
    </context>
    <context>
        <name>TreeModel</name>
        <message>
            <location filename="../../inspector/ui/tree_model.py" />
            <source>(the saved object)</source>
            <translation>（保存的对象）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_model.py" />
            <source>Bytes</source>
            <translation>字节数</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_model.py" />
            <source>Device</source>
            <translation>设备</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_model.py" />
            <source>Distribution</source>
            <translation>分布</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_model.py" />
            <source>Dtype</source>
            <translation>数据类型</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_model.py" />
            <source>Name</source>
            <translation>名称</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_model.py" />
            <source>Parameters</source>
            <translation>参数量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_model.py" />
            <source>Shape</source>
            <translation>形状</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_model.py" />
            <source>collapsed</source>
            <translation>已折叠</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_model.py" />
            <source>cut</source>
            <translation>被截断</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_model.py" />
            <source>damaged</source>
            <translation>已损坏</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_model.py" />
            <source>expanded</source>
            <translation>已展开</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_model.py" />
            <source>level {}</source>
            <translation>第 {} 层</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_model.py" />
            <source>mixed</source>
            <translation>混合</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_model.py" />
            <source>{} byte</source>
            <translation>{} 字节</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_model.py" />
            <source>{} bytes</source>
            <translation>{} 字节</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_model.py" />
            <source>{} cut</source>
            <translation>{} 个被截断</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_model.py" />
            <source>{} tensor</source>
            <translation>{} 个张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_model.py" />
            <source>{} tensors</source>
            <translation>{} 个张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_model.py" />
            <source>{} value</source>
            <translation>{} 个值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_model.py" />
            <source>{} values</source>
            <translation>{} 个值</translation>
        </message>
    </context>
    <context>
        <name>TreePage</name>
        <message>
            <location filename="../../inspector/ui/tree_page.py" />
            <source>Collapse all</source>
            <translation>全部折叠</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_page.py" />
            <source>Copied {}</source>
            <translation>已复制 {}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_page.py" />
            <source>Copy key</source>
            <translation>复制键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_page.py" />
            <source>Copy row</source>
            <translation>复制行</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_page.py" />
            <source>Expand all</source>
            <translation>全部展开</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_page.py" />
            <source>File order</source>
            <translation>文件中的顺序</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_page.py" />
            <source>Filter the keys</source>
            <translation>筛选键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_page.py" />
            <source>Sort by</source>
            <translation>排序方式</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_page.py" />
            <source>not clear: {}</source>
            <translation>无法理解：{}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_page.py" />
            <source>{} needs a scan (F6)</source>
            <translation>{} 需要先扫描（F6）</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_page.py" />
            <source>{} of {}</source>
            <translation>{} / {}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_page.py" />
            <source>{} row</source>
            <translation>{} 行</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_page.py" />
            <source>{} rows</source>
            <translation>{} 行</translation>
        </message>
    </context>
    <context>
        <name>TreeView</name>
        <message>
            <location filename="../../inspector/ui/tree_view.py" />
            <source>Contents of the checkpoint</source>
            <translation>检查点的内容</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_view.py" />
            <source>Nothing here matches the filter.</source>
            <translation>没有符合筛选条件的内容。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/tree_view.py" />
            <source>There is nothing in this file.</source>
            <translation>此文件中没有任何内容。</translation>
        </message>
    </context>
    <context>
        <name>Treemap</name>
        <message>
            <location filename="../../inspector/ui/treemap.py" />
            <source>Where the bytes are</source>
            <translation>数据分布</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/treemap.py" />
            <source>{count} more</source>
            <translation>另外 {count} 个</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/treemap.py" />
            <source>{key}: {size}, {share} of the file's tensors</source>
            <translation>{key}：{size}，占文件中张量的 {share}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/treemap.py" />
            <source>{key}: {size}, {share} of the file's tensors, {count} tensors</source>
            <translation>{key}：{size}，占文件中张量的 {share}，{count} 个张量</translation>
        </message>
    </context>
    <context>
        <name>Trouble</name>
        <message>
            <location filename="../../inspector/ui/trouble.py" />
            <source>Copy details</source>
            <translation>复制详细信息</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trouble.py" />
            <source>Something in the program went wrong. Your files were not changed.</source>
            <translation>程序出现错误。您的文件没有被更改。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trouble.py" />
            <source>Something went wrong</source>
            <translation>出现错误</translation>
        </message>
    </context>
    <context>
        <name>Trust</name>
        <message>
            <location filename="../../inspector/ui/trust.py" />
            <source>Loaded with weights_only=False, this file can run commands on your machine</source>
            <translation>若以 weights_only=False 加载，此文件可在您的计算机上运行命令</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust.py" />
            <source>Nothing executed</source>
            <translation>未执行任何代码</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust.py" />
            <source>Nothing in this file was executed, imported or called to show it</source>
            <translation>显示此文件时没有执行、导入或调用其中的任何内容</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust.py" />
            <source>asks for {}</source>
            <translation>要求 {}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust.py" />
            <source>bytes after its end</source>
            <translation>末尾之后有多余字节</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust.py" />
            <source>bytes after its pickle</source>
            <translation>pickle 之后有多余字节</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust.py" />
            <source>constants not listed</source>
            <translation>常量未列出</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust.py" />
            <source>cut short</source>
            <translation>被截断</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust.py" />
            <source>from a big-endian machine</source>
            <translation>写于大端机器</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust.py" />
            <source>loads with weights_only</source>
            <translation>可用 weights_only 加载</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust.py" />
            <source>not in the index</source>
            <translation>不在索引中</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust.py" />
            <source>shard missing</source>
            <translation>缺少分片</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust.py" />
            <source>shard unreadable</source>
            <translation>分片无法读取</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust.py" />
            <source>tensors missing</source>
            <translation>缺少张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust.py" />
            <source>torch.load(weights_only=True), the default since PyTorch 2.6, takes this file</source>
            <translation>torch.load(weights_only=True)（PyTorch 2.6 起的默认值）可以加载此文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust.py" />
            <source>weights_only refuses it</source>
            <translation>weights_only 拒绝此文件</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust.py" />
            <source>weights_only refuses {} name</source>
            <translation>weights_only 拒绝 {} 个名称</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust.py" />
            <source>weights_only refuses {} names</source>
            <translation>weights_only 拒绝 {} 个名称</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust.py" />
            <source>wrong checksum</source>
            <translation>校验和错误</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust.py" />
            <source>{} finding</source>
            <translation>{} 项提示</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust.py" />
            <source>{} findings</source>
            <translation>{} 项提示</translation>
        </message>
    </context>
    <context>
        <name>TrustPopup</name>
        <message>
            <location filename="../../inspector/ui/trust_popup.py" />
            <source>Findings</source>
            <translation>提示</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust_popup.py" />
            <source>It was read as data. No name in it was imported and no function called; what the file asks for is listed here instead.</source>
            <translation>文件只作为数据读取，没有导入其中的任何名称，也没有调用任何函数；文件所要求的内容列在这里。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust_popup.py" />
            <source>Loaded with weights_only=False, it can run commands on your machine. Weights need nothing of the kind.</source>
            <translation>若以 weights_only=False 加载，它可在您的计算机上运行命令。权重不需要这类内容。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust_popup.py" />
            <source>Names of torch and of Python's own types</source>
            <translation>torch 及 Python 自带类型的名称</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust_popup.py" />
            <source>Names that are not torch's own</source>
            <translation>不属于 torch 的名称</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust_popup.py" />
            <source>Nothing in this file was executed</source>
            <translation>没有执行此文件中的任何代码</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust_popup.py" />
            <source>The format holds no code: torch.load and weights_only do not apply.</source>
            <translation>该格式不含代码：torch.load 和 weights_only 不适用。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust_popup.py" />
            <source>This file asks for {}</source>
            <translation>此文件要求 {}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust_popup.py" />
            <source>What the file asks for</source>
            <translation>文件所要求的内容</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust_popup.py" />
            <source>not torch's own</source>
            <translation>不属于 torch</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust_popup.py" />
            <source>torch.load(weights_only=True) refuses it because of</source>
            <translation>torch.load(weights_only=True) 因以下名称拒绝加载</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust_popup.py" />
            <source>torch.load(weights_only=True) takes it</source>
            <translation>torch.load(weights_only=True) 可以加载</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/trust_popup.py" />
            <source>… and {} more</source>
            <translation>… 还有 {} 项</translation>
        </message>
    </context>
    <context>
        <name>TypeChoices</name>
        <message>
            <location filename="../../inspector/ui/export_details.py" />
            <source>But keep</source>
            <translation>但保留</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_details.py" />
            <source>Cast to</source>
            <translation>转换为</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_details.py" />
            <source>Element type of floating tensors</source>
            <translation>浮点张量的元素类型</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_details.py" />
            <source>Keep every type</source>
            <translation>保持所有类型</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_details.py" />
            <source>Keys that keep their type</source>
            <translation>保持类型的键</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_details.py" />
            <source>Type</source>
            <translation>类型</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_details.py" />
            <source>kept</source>
            <translation>保持</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_details.py" />
            <source>keys, such as *norm*, *embed*</source>
            <translation>键，例如 *norm*、*embed*</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_details.py" />
            <source>{} of floating type; integers and step counters are never cast.</source>
            <translation>{}为浮点类型；整数和步数计数器绝不转换。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_details.py" />
            <source>{} tensor</source>
            <translation>{} 个张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/export_details.py" />
            <source>{} tensors</source>
            <translation>{} 个张量</translation>
        </message>
    </context>
    <context>
        <name>ValuesModel</name>
        <message>
            <location filename="../../inspector/ui/values_model.py" />
            <source>value</source>
            <translation>值</translation>
        </message>
    </context>
    <context>
        <name>ValuesPanel</name>
        <message>
            <location filename="../../inspector/ui/values_panel.py" />
            <source>Slice</source>
            <translation>切片</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/values_panel.py" />
            <source>Slice: an index for each dimension that is not in the table</source>
            <translation>切片：为不在表格中的每个维度指定一个索引</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/values_panel.py" />
            <source>This tensor has no elements</source>
            <translation>此张量没有元素</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/values_panel.py" />
            <source>Values</source>
            <translation>数值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/values_panel.py" />
            <source>dimension {}: 0…{}</source>
            <translation>维度 {}：0…{}</translation>
        </message>
    </context>
    <context>
        <name>VerdictPopup</name>
        <message>
            <location filename="../../inspector/ui/compare_verdict.py" />
            <source>Converted without a word:</source>
            <translation>会被静默转换：</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_verdict.py" />
            <source>Made up by torch, B has no _metadata: {}</source>
            <translation>由 torch 补全，B 没有 _metadata：{}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_verdict.py" />
            <source>With the keys renamed as they were matched</source>
            <translation>按配对结果重命名键之后</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/compare_verdict.py" />
            <source>Would B's state_dict load into A's model?</source>
            <translation>B 的 state_dict 能否加载到 A 的模型中？</translation>
        </message>
    </context>
    <context>
        <name>VerifyDialog</name>
        <message>
            <location filename="../../inspector/ui/verify_dialog.py" />
            <source>A record without a checksum may be whole: nobody can tell.</source>
            <translation>没有校验和的记录可能完整，但无从判断。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/verify_dialog.py" />
            <source>Check again</source>
            <translation>重新检查</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/verify_dialog.py" />
            <source>Checking {}</source>
            <translation>正在检查 {}</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/verify_dialog.py" />
            <source>Copy or download the file again. Tensors that are not listed are as they were written and can be exported.</source>
            <translation>请重新复制或下载文件。未列出的张量与写入时一致，可以导出。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/verify_dialog.py" />
            <source>Damaged records</source>
            <translation>损坏的记录</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/verify_dialog.py" />
            <source>Every record that has a checksum is read and compared.</source>
            <translation>读取并核对每条带校验和的记录。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/verify_dialog.py" />
            <source>PyTorch itself does not check this when it loads a file.</source>
            <translation>PyTorch 加载文件时并不检查校验和。</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/verify_dialog.py" />
            <source>Stopped before the end</source>
            <translation>未完成即已停止</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/verify_dialog.py" />
            <source>Tensors</source>
            <translation>张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/verify_dialog.py" />
            <source>Verify checksums</source>
            <translation>验证校验和</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/verify_dialog.py" />
            <source>What is wrong</source>
            <translation>问题</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/verify_dialog.py" />
            <source>{} of {}</source>
            <translation>{} / {}</translation>
        </message>
    </context>
    <context>
        <name>WindowCommands</name>
        <message>
            <location filename="../../inspector/ui/window_commands.py" />
            <source>All files (*);;Checkpoints (*.pt *.pth *.bin *.ckpt *.safetensors *.json)</source>
            <translation>所有文件 (*);;检查点 (*.pt *.pth *.bin *.ckpt *.safetensors *.json)</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/window_commands.py" />
            <source>Open a model folder</source>
            <translation>打开模型文件夹</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/window_commands.py" />
            <source>Open checkpoints</source>
            <translation>打开检查点</translation>
        </message>
    </context>
    <context>
        <name>_Model</name>
        <message>
            <location filename="../../inspector/ui/module_table.py" />
            <source>Max</source>
            <translation>最大值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/module_table.py" />
            <source>Mean</source>
            <translation>均值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/module_table.py" />
            <source>Min</source>
            <translation>最小值</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/module_table.py" />
            <source>NaN, Inf</source>
            <translation>NaN、Inf</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/module_table.py" />
            <source>Std</source>
            <translation>标准差</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/module_table.py" />
            <source>Tensor</source>
            <translation>张量</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/module_table.py" />
            <source>Values</source>
            <translation>元素数</translation>
        </message>
        <message>
            <location filename="../../inspector/ui/module_table.py" />
            <source>Zeros</source>
            <translation>零值</translation>
        </message>
    </context>
    <context>
        <name>_RecentRow</name>
        <message>
            <location filename="../../inspector/ui/empty_page.py" />
            <source>comparison</source>
            <translation>比较</translation>
        </message>
    </context>
</TS>
